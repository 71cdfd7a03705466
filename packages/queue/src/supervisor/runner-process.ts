import { type ChildProcess, fork } from 'node:child_process'
import type { ClaimedJob, Reservation } from '../connection.ts'
import type { WorkerResult } from '../worker/worker.ts'
import { type ChildEnd, endOf, killGroup } from './child-end.ts'
import { type ParentMessage, type RunnerMessage, readEnvelope, type SentError, toEnvelope } from './messages.ts'
import { runnerEnvironment } from './runner-role.ts'

/** Why a parent killed its runner. */
export type KillReason =
  | { readonly kind: 'stop' }
  | { readonly kind: 'timeout'; readonly reservation: Reservation; readonly seconds: number }
  | { readonly kind: 'memory'; readonly megabytes: number }
  /** A signal had stopped it for longer than its reservations last. */
  | { readonly kind: 'standstill' }
  /** It had not come to work in time. */
  | { readonly kind: 'unready'; readonly seconds: number }
  /** It lives, and does not hear us any more. */
  | { readonly kind: 'unresponsive' }

export type RunnerEnd =
  | {
      readonly kind: 'finished'
      readonly result: WorkerResult
      /** That of the result, unless the program made a 0 another one: because output was lost, for instance. */
      readonly exitCode: number
    }
  /** The system could not start it. */
  | { readonly kind: 'unstarted'; readonly error: unknown }
  /** It ended by itself, before it came to work or because it could not go on, and has said why. */
  | { readonly kind: 'refused'; readonly code: number }
  | {
      readonly kind: 'died'
      readonly code: number | null
      readonly signal: NodeJS.Signals | null
      readonly killedFor: KillReason | undefined
      readonly cameToWork: boolean
    }

export interface RunnerProcessSettings {
  /** The file and the words of the program that is to be the runner. */
  readonly script: string
  readonly words: readonly string[]
  readonly recordPath: string
  /** It has come to work. */
  readonly onReady: () => void
  /** Hears what a job threw after its worker had ended. */
  readonly onLateError: (job: ClaimedJob, error: SentError) => void
}

/** So long may a program take until it works: what it opens before may never answer. */
const readySeconds = 60
/** After it said how it ended, so long may a runner take to close what it has open. */
const farewellMs = 3_000
/** The same when it ends because of a job that goes on. */
const shortFarewellMs = 500
/** Who is cut off from us ends by itself in this time, or was damaged by a job. */
const cutOffMs = 1_000

/**
 * One runner, as its parent holds it: a process in a group of its own, so that Ctrl+C reaches it once, through us, and that
 * what it leaves behind can be killed with it. When we are killed, the closed channel tells it to stop.
 */
export class RunnerProcess {
  readonly recordPath: string
  readonly ended: Promise<RunnerEnd>
  readonly #child: ChildProcess
  readonly #settings: RunnerProcessSettings
  #isReady = false
  #hasGivenUp = false
  #result: WorkerResult | undefined
  #killedFor: KillReason | undefined

  constructor(settings: RunnerProcessSettings) {
    const { script, words, recordPath } = settings
    this.#settings = settings
    this.recordPath = recordPath
    this.#child = fork(script, words, {
      detached: true,
      env: { ...process.env, ...runnerEnvironment(recordPath) },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    const { promise, resolve } = Promise.withResolvers<RunnerEnd>()
    this.ended = promise
    this.#child.on('message', (envelope: unknown) => this.#hear(readEnvelope<RunnerMessage>(envelope)))
    this.#child.on('disconnect', () => this.killAfter(cutOffMs, { kind: 'unresponsive' }))
    void endOf(this.#child).then((end) => resolve(this.#judge(end)))
    this.#killUnready()
    this.#child.on('error', (error) => {
      // A process that runs and could not be told something goes on, and says 'exit' when it ends.
      if (this.#child.pid === undefined) resolve({ kind: 'unstarted', error })
    })
  }

  /** Undefined when it could not be started. */
  get pid(): number | undefined {
    return this.#child.pid
  }

  tell(message: ParentMessage): void {
    // One that does not listen yet has nothing to end.
    if (message.kind === 'stop' && !this.#isReady) this.#signal('SIGTERM')
    // Who is gone meanwhile needs no message.
    if (this.#child.connected) this.#child.send(toEnvelope(message), () => undefined)
  }

  /** At once, with everything it has started; what is left of one that has ended is judged by its end. */
  kill(reason: KillReason): void {
    if (this.#hasExited) return
    this.#killedFor ??= reason
    killGroup(this.#child)
  }

  /** Unless it ends before. */
  killAfter(ms: number, reason: KillReason): void {
    const timer = setTimeout(() => this.kill(reason), ms)
    timer.unref()
    void this.ended.then(() => clearTimeout(timer))
  }

  #killUnready(): void {
    // What it has said by then is heard first, also when we were held up.
    const look = () => setImmediate(() => this.#isReady || this.kill({ kind: 'unready', seconds: readySeconds }))
    const timer = setTimeout(look, readySeconds * 1000)
    timer.unref()
    void this.ended.then(() => clearTimeout(timer))
  }

  get #hasExited(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  #hear(message: RunnerMessage | undefined): void {
    switch (message?.kind) {
      case 'ready':
        this.#isReady = true
        this.#settings.onReady()
        break
      case 'ended':
        this.#result = message.result
        this.killAfter(isWell(message.result) ? farewellMs : shortFarewellMs, { kind: 'unresponsive' })
        break
      case 'gave-up':
        this.#hasGivenUp = true
        this.killAfter(farewellMs, { kind: 'unresponsive' })
        break
      case 'late-error':
        this.#settings.onLateError(message.job, message.error)
    }
  }

  #judge({ code, signal }: ChildEnd): RunnerEnd {
    const result = this.#result
    // What a job has started in this group is not wanted any more.
    if (!result || !isWell(result)) killGroup(this.#child)
    if (result) return { kind: 'finished', result, exitCode: result.exitCode || (code ?? 0) }
    if (this.#hasGivenUp) return { kind: 'refused', code: code ?? 1 }
    if (!this.#isReady && code !== null && this.#killedFor === undefined) return { kind: 'refused', code }
    return { kind: 'died', code, signal, killedFor: this.#killedFor, cameToWork: this.#isReady }
  }

  /** Without the process id the signal would go to our own group: that of a process that could not be started. */
  #signal(signal: NodeJS.Signals): void {
    if (this.#child.pid !== undefined) this.#child.kill(signal)
  }
}

function isWell({ reason }: WorkerResult): boolean {
  return reason !== 'timed_out' && reason !== 'crashed'
}
