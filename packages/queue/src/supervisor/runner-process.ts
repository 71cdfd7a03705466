import { type ChildProcess, fork } from 'node:child_process'
import type { Reservation } from '../connection.ts'
import type { WorkerResult } from '../worker.ts'
import { type RunnerMessage, runnerEnvironment } from './runner-role.ts'

/** Why a parent killed its runner. */
export type KillReason =
  | { readonly kind: 'stop' }
  | { readonly kind: 'timeout'; readonly reservation: Reservation; readonly seconds: number }
  | { readonly kind: 'memory'; readonly megabytes: number }
  /** A signal had stopped it for longer than its reservations last. */
  | { readonly kind: 'standstill' }
  /** It lives, and does not hear us any more. */
  | { readonly kind: 'unresponsive' }

export type RunnerEnd =
  | { readonly kind: 'finished'; readonly result: WorkerResult }
  /** The system could not start it. */
  | { readonly kind: 'unstarted'; readonly error: unknown }
  /** It ended by itself before it came to work, and has said why. */
  | { readonly kind: 'refused'; readonly code: number }
  | {
      readonly kind: 'died'
      readonly code: number | null
      readonly signal: NodeJS.Signals | null
      readonly killedFor: KillReason | undefined
    }

export interface RunnerProcessSettings {
  /** The file and the words of the program that is to be the runner. */
  readonly script: string
  readonly words: readonly string[]
  readonly recordPath: string
  /** It has come to work. */
  readonly onReady: () => void
}

/** After it said how it ended, so long may a runner take to be gone. */
const farewellMs = 1_000

/**
 * One runner, as its parent holds it: a process in a group of its own, so that Ctrl+C reaches it once, through us, and that
 * what it leaves behind can be killed with it. When we are killed, the closed channel tells it to stop.
 */
export class RunnerProcess {
  readonly recordPath: string
  readonly ended: Promise<RunnerEnd>
  readonly #child: ChildProcess
  readonly #onReady: () => void
  #isReady = false
  #result: WorkerResult | undefined
  #killedFor: KillReason | undefined

  constructor({ script, words, recordPath, onReady }: RunnerProcessSettings) {
    this.recordPath = recordPath
    this.#onReady = onReady
    this.#child = fork(script, words, {
      detached: true,
      env: { ...process.env, ...runnerEnvironment(recordPath) },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    const { promise, resolve } = Promise.withResolvers<RunnerEnd>()
    this.ended = promise
    this.#child.on('message', (message: RunnerMessage) => this.#hear(message))
    this.#child.on('disconnect', () => this.#whenCutOff())
    this.#child.on('exit', (code, signal) => resolve(this.#endOf(code, signal)))
    this.#child.on('error', (error) => {
      // A process that runs and could not be told something goes on, and says 'exit' when it ends.
      if (this.#child.pid === undefined) resolve({ kind: 'unstarted', error })
    })
  }

  /** Undefined when it could not be started. */
  get pid(): number | undefined {
    return this.#child.pid
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** At once, with everything it has started. */
  kill(reason: KillReason): void {
    this.#killedFor ??= reason
    this.#killGroup()
  }

  #hear(message: RunnerMessage): void {
    if (message.kind === 'ready') {
      this.#isReady = true
      this.#onReady()
      return
    }
    this.#result = message.result
    this.#killAfter(farewellMs)
  }

  /** A runner that ends closes its channel a moment before; one that goes on without it was damaged by a job. */
  #whenCutOff(): void {
    this.#killAfter(farewellMs)
  }

  #killAfter(ms: number): void {
    const timer = setTimeout(() => this.kill({ kind: 'unresponsive' }), ms)
    timer.unref()
    void this.ended.then(() => clearTimeout(timer))
  }

  #endOf(code: number | null, signal: NodeJS.Signals | null): RunnerEnd {
    const result = this.#result
    if (result && result.reason !== 'timed_out' && result.reason !== 'crashed') return { kind: 'finished', result }
    // What a job has started in this group is not wanted any more.
    this.#killGroup()
    if (result) return { kind: 'finished', result }
    const isRefused = !this.#isReady && code !== null && this.#killedFor === undefined
    return isRefused ? { kind: 'refused', code } : { kind: 'died', code, signal, killedFor: this.#killedFor }
  }

  #killGroup(): void {
    const { pid } = this.#child
    if (pid === undefined) return
    try {
      process.kill(-pid, 'SIGKILL')
    } catch {
      // It has ended and left nothing behind, or this system knows no groups.
      this.#child.kill('SIGKILL')
    }
  }
}
