import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import type { WorkerOptions } from '../worker/worker-options.ts'
import { endOf, killGroup } from './child-end.ts'
import { limitOwnLife } from './life-limit.ts'
import { fromSentError, readEnvelope, type SettlingTask, toEnvelope } from './messages.ts'
import type { Supervision } from './supervision.ts'

const variable = 'SURTIDOR_SETTLER'
/** Longer than a hook may take, and a program to begin. */
const limitMs = 30_000

export interface SettlerProgram {
  readonly script: string
  readonly words: readonly string[]
}

/**
 * Leaves a task to a process of its own, so that what the application's code does there harms nobody who watches. Answers
 * when that has ended or had to be killed; whether the task is done is for others to say.
 */
export async function settleElsewhere(task: SettlingTask, { script, words }: SettlerProgram): Promise<void> {
  const child = fork(script, words, {
    detached: true,
    env: { ...process.env, [variable]: String(limitMs) },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const failed = once(child, 'error')
  const timer = setTimeout(() => killGroup(child), limitMs)
  // Who does not listen yet is told when he does.
  child.send(toEnvelope(task), () => undefined)
  await Promise.race([endOf(child), failed])
  clearTimeout(timer)
}

/**
 * True for a process that was started to settle something, once: what its hooks start is none. From then on its life has
 * the limit that its parent holds, who may be killed before it.
 */
export function takeSettlerRole(): boolean {
  const limit = process.env[variable]
  delete process.env[variable]
  if (limit === undefined) return false
  limitOwnLife(Number(limit))
  return true
}

export async function settleForParent(supervision: Supervision, options: WorkerOptions): Promise<void> {
  // Who is left alone before it was told anything has nothing to do.
  const alone = process.connected ? once(process, 'disconnect') : Promise.resolve([])
  const [envelope] = await Promise.race([once(process, 'message'), alone])
  const task = readEnvelope<SettlingTask>(envelope)
  if (task?.kind === 'culprit') await untilDone(() => supervision.settleCulprit(task.culprit, options))
  if (task?.kind === 'late-error') await supervision.recordLateFailure(task.job, fromSentError(task.error))
  if (process.connected) process.disconnect()
}

const pausesMs = [500, 1_000, 2_000, 5_000]

/** A database that is away for a moment is asked again by who knows what is done already. */
async function untilDone(settle: () => Promise<boolean>): Promise<void> {
  for (const pauseMs of pausesMs) {
    if (await settle().catch(() => false)) return
    await wait(pauseMs)
  }
}
