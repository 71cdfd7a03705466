import type { ClaimedJob } from '../connection.ts'
import type { WorkerResult } from '../worker/worker.ts'
import type { Culprit } from './recover-work.ts'

/** What a runner tells its parent. */
export type RunnerMessage =
  /** It has opened everything, and works. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'ended'; readonly result: WorkerResult }
  /** It ends without a result, and has said why. */
  | { readonly kind: 'gave-up' }
  /** A job whose worker has ended already threw what nobody caught. */
  | { readonly kind: 'late-error'; readonly job: ClaimedJob; readonly error: SentError }

/** An error as JSON holds it, or what else was thrown as text. */
export type SentError = { readonly name: string; readonly message: string; readonly stack: string } | string

/** What it is told. Signals would end a runner that does not listen yet; messages wait until it does. */
export type ParentMessage = { readonly kind: 'stop' | 'stop-now' | 'pause' | 'resume' }

/** What brings code of the application with it, and is left to a process of its own. */
export type SettlingTask =
  | { readonly kind: 'culprit'; readonly culprit: Culprit }
  /** A job that had completed threw it afterwards. */
  | { readonly kind: 'late-error'; readonly job: ClaimedJob; readonly error: SentError }

type Message = RunnerMessage | ParentMessage | SettlingTask

const mark = 'surtidor'

/** Jobs may send messages of their own through the same channel, so each of ours is marked. */
export function toEnvelope(message: Message): Readonly<Record<string, unknown>> {
  return { [mark]: message }
}

/** Undefined for what is none of ours. */
export function readEnvelope<Expected extends Message>(envelope: unknown): Expected | undefined {
  if (typeof envelope !== 'object' || envelope === null) return undefined
  // Nobody marks by accident, and whoever does so on purpose could as well end the process.
  return Reflect.get(envelope, mark) as Expected | undefined
}

export function toSentError(error: unknown): SentError {
  try {
    if (!(error instanceof Error)) return String(error)
    return { name: String(error.name), message: String(error.message), stack: String(error.stack) }
  } catch {
    return 'what cannot be shown'
  }
}

export function fromSentError(error: SentError): unknown {
  return typeof error === 'string' ? error : Object.assign(new Error(error.message), error)
}
