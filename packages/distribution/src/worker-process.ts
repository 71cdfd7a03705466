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
  #child: ChildProcess
  #pauseMs = shortestPauseMs
  #restart: NodeJS.Timeout | undefined
  #isStopping = false

  constructor(cliPath: string, log: Logger) {
    this.#cliPath = cliPath
    this.#log = log
    this.#child = this.#start()
  }

  /** Lets the current job end. */
  async stop(): Promise<void> {
    this.#isStopping = true
    clearTimeout(this.#restart)
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exited = once(this.#child, 'exit')
    this.#child.kill('SIGTERM')
    await exited
  }

  #start(): ChildProcess {
    const startedAt = performance.now()
    // It asks often: a person watches the bar of the store that was just registered.
    const child = fork(this.#cliPath, ['queue:work', '--sleep=0.25'], {
      detached: true,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    this.#log.info({ event: 'worker_start', worker: child.pid }, 'Empieza el proceso de trabajo')
    child.on('exit', (code, signal) => {
      if (this.#isStopping) return
      this.#log.warn({ event: 'worker_exit', code, signal }, 'El proceso de trabajo terminó y empieza de nuevo')
      this.#pauseMs =
        performance.now() - startedAt > steadyMs ? shortestPauseMs : Math.min(this.#pauseMs * 2, longestPauseMs)
      this.#restart = setTimeout(() => {
        this.#child = this.#start()
      }, this.#pauseMs)
    })
    return child
  }
}
