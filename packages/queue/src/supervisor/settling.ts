import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import type { Culprit } from '../recover-work.ts'
import type { Supervision } from '../supervision.ts'
import type { WorkerOptions } from '../worker-options.ts'
import { endOf, killGroup } from './child-end.ts'
import { fromSentError, readEnvelope, type SettlingTask, toEnvelope } from './messages.ts'

const variable = 'SURTIDOR_SETTLER'
/** Longer than a hook may take, and a program to begin. */
const limitMs = 30_000
const maxTries = 5
const pauseMs = 500

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
    env: { ...process.env, [variable]: '1' },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const failed = once(child, 'error')
  const timer = setTimeout(() => killGroup(child), limitMs)
  // Who does not listen yet is told when he does.
  child.send(toEnvelope(task), () => undefined)
  await Promise.race([endOf(child), failed])
  clearTimeout(timer)
}

/** True for a process that was started to settle something, once: what its hooks start is none. */
export function takeSettlerRole(): boolean {
  const isSettler = process.env[variable] !== undefined
  delete process.env[variable]
  return isSettler
}

export async function settleForParent(supervision: Supervision, options: WorkerOptions): Promise<void> {
  const [envelope] = await once(process, 'message')
  const task = readEnvelope<SettlingTask>(envelope)
  if (task?.kind === 'culprit') await tryAgain(() => settleCulprit(supervision, task.culprit, options))
  if (task?.kind === 'late-error') await supervision.recordLateFailure(task.job, fromSentError(task.error))
  if (process.connected) process.disconnect()
}

async function settleCulprit(supervision: Supervision, culprit: Culprit, options: WorkerOptions): Promise<void> {
  await supervision.settleCulprit(culprit, options)
  if (await supervision.find(culprit.reservation))
    throw new Error(`How job ${culprit.reservation.id} ended is not written.`)
}

/** Whoever tries again here has what it found out so far, and counts nothing twice. */
async function tryAgain(act: () => Promise<void>, triesLeft = maxTries - 1): Promise<void> {
  try {
    await act()
  } catch (error) {
    if (triesLeft === 0) throw error
    await wait(pauseMs)
    await tryAgain(act, triesLeft - 1)
  }
}
