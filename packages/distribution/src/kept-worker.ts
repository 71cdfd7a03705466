import { setTimeout as wait } from 'node:timers/promises'
import type { Queue } from '@surtidor/queue'
import { type RecordFolder, type RunnerEnd, Supervisor } from '@surtidor/queue/supervisor'
import type { Logger } from './logging.ts'

export interface KeptWorkerSettings {
  readonly queue: Queue
  readonly log: Logger
  /** What runs the jobs. */
  readonly cliPath: string
  /** Where it writes down what it holds. Opened by who starts this: what is wrong with it, trying again does not mend. */
  readonly folder: RecordFolder
}

const shortestPauseMs = 250
const longestPauseMs = 30_000
/** A worker that lived so long was well; the next pause is short again. */
const steadyMs = 60_000
const maxMegabytes = 512

/** One `queue:work` that is always there: watched over by this process, and started again whatever has ended it. */
export class KeptWorker {
  readonly #settings: KeptWorkerSettings
  readonly #stopping = new AbortController()
  readonly #ended: Promise<void>
  #supervisor: Supervisor | undefined

  constructor(settings: KeptWorkerSettings) {
    this.#settings = settings
    this.#ended = this.#run()
  }

  /** Lets the current job end. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#supervisor?.stop()
    await this.#ended
  }

  async #run(): Promise<void> {
    let pauseMs = shortestPauseMs
    while (!this.#stopping.signal.aborted) {
      const startedAt = performance.now()
      this.#supervisor = this.#makeSupervisor()
      await this.#supervisor.run().catch((error: unknown) => this.#hasEnded({ error: String(error) }))
      const wasSteady = performance.now() - startedAt > steadyMs
      pauseMs = wasSteady ? shortestPauseMs : Math.min(pauseMs * 2, longestPauseMs)
      await wait(pauseMs, undefined, { signal: this.#stopping.signal }).catch(() => undefined)
    }
  }

  #makeSupervisor(): Supervisor {
    const { queue, log, cliPath, folder } = this.#settings
    return new Supervisor({
      script: cliPath,
      // It asks often: a person watches the bar of the store that was just registered.
      words: () => ['queue:work', '--sleep=0.25'],
      runners: 1,
      options: {},
      folder,
      open: async () => ({ queue, [Symbol.asyncDispose]: async () => undefined }),
      maxMegabytes,
      onStart: (pid) => log.info({ event: 'worker_start', worker: pid }, 'Empieza el proceso de trabajo'),
      onEnd: (end) => this.#hasEnded(factsOf(end)),
    })
  }

  #hasEnded(end: Readonly<Record<string, unknown>>): void {
    if (this.#stopping.signal.aborted) return
    this.#settings.log.warn({ event: 'worker_exit', ...end }, 'El proceso de trabajo terminó y empieza de nuevo')
  }
}

function factsOf(end: RunnerEnd): Readonly<Record<string, unknown>> {
  if (end.kind === 'finished') return { reason: end.result.reason }
  return end.kind === 'unstarted' ? { error: String(end.error) } : { ...end }
}
