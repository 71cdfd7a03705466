import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import type { Logger } from './logging.ts'

const shortestPauseMs = 250
const longestPauseMs = 30_000
/** A worker that lived so long was well; the next pause is short again. */
const steadyMs = 60_000

/**
 * One `queue:work` as a child process, started again when it ends. It has a process group of its own, so that Ctrl+C
 * reaches it once, through us; when we are killed, the closed channel tells it to stop.
 */
export class WorkerProcess {
  readonly #cliPath: string
  readonly #log: Logger
  #child: ChildProcess | undefined
  #pauseMs = shortestPauseMs
  #restart: NodeJS.Timeout | undefined
  #isStopping = false

  constructor(cliPath: string, log: Logger) {
    this.#cliPath = cliPath
    this.#log = log
    this.#start()
  }

  /** Lets the current job end. */
  async stop(): Promise<void> {
    this.#isStopping = true
    clearTimeout(this.#restart)
    const child = this.#child
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill('SIGTERM')
    await exited
  }

  #start(): void {
    const startedAt = performance.now()
    try {
      this.#child = this.#fork()
    } catch (error) {
      this.#startAgain(startedAt, { error: String(error) })
      return
    }
    const child = this.#child
    if (child.pid !== undefined) {
      this.#log.info({ event: 'worker_start', worker: child.pid }, 'Empieza el proceso de trabajo')
    }
    child.on('exit', (code, signal) => this.#startAgain(startedAt, { code, signal }))
    child.on('error', (error) => {
      // A process that runs and could not be told something goes on, and says 'exit' when it ends.
      if (child.pid === undefined) this.#startAgain(startedAt, { error: String(error) })
    })
  }

  #fork(): ChildProcess {
    // It asks often: a person watches the bar of the store that was just registered.
    return fork(this.#cliPath, ['queue:work', '--sleep=0.25'], {
      detached: true,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
  }

  #startAgain(startedAt: number, end: Readonly<Record<string, unknown>>): void {
    if (this.#isStopping) return
    this.#log.warn({ event: 'worker_exit', ...end }, 'El proceso de trabajo terminó y empieza de nuevo')
    const wasSteady = performance.now() - startedAt > steadyMs
    this.#pauseMs = wasSteady ? shortestPauseMs : Math.min(this.#pauseMs * 2, longestPauseMs)
    this.#restart = setTimeout(() => this.#start(), this.#pauseMs)
  }
}
