import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

/** `verbs`: those of the connection, one by one. `workers`: whole workers, which call them. */
export const subjects = ['verbs', 'workers'] as const

export type Subject = (typeof subjects)[number]

export interface SimulationSettings {
  /** Default `verbs`. */
  readonly subject?: Subject
  /** The queue's `src`, or a copy of it. */
  readonly source: string
  /** How many schedules. */
  readonly runs: number
  readonly seed: number
  /** False where it is enough to know that a schedule was wrong: the shortest one is not looked for. Default true. */
  readonly isShrunk?: boolean
}

export interface SimulationResult {
  /** Schedules until one was wrong, or all. */
  readonly runs: number
  readonly seed: number
  /** The shortest schedule that was found to be wrong: what was wrong, then what happened. */
  readonly counterexample: string | undefined
  /** How often what happened, in all schedules together. */
  readonly figures: Readonly<Record<string, number>>
}

/** Runs in a thread of its own, because it puts its own clock, timers and chance in the place of the engine's. */
export async function simulate(settings: SimulationSettings): Promise<SimulationResult> {
  const thread = new Worker(new URL('./simulation-thread.ts', import.meta.url), { workerData: settings })
  const [result]: readonly SimulationResult[] = await once(thread, 'message')
  if (!result) throw new Error('The simulation ended without a result.')
  return result
}

/** What went wrong in the world of the schedules. Without these nothing was proved. */
export const faultNames = [
  'clock set',
  'network: again',
  'network: cut',
  'network: late',
  'network: refused',
  'network: unanswered',
  'processes killed',
  'processes paused',
  'late writes refused',
] as const
