import { setTimeout as wait } from 'node:timers/promises'
import type { Connection } from '../../../src/connection.ts'
import type { JobContext } from '../../../src/job.ts'
import type { Queue } from '../../../src/queue.ts'
import type { LostWork } from '../../../src/supervisor/recover-work.ts'
import type { Worker } from '../../../src/worker/worker.ts'
import type { SourceModules } from '../../support/source-modules.ts'
import { SimulatedProcess } from '../world/simulated-process.ts'
import type { SimulatedTimers } from '../world/simulated-timers.ts'
import type { Tally } from '../world/tally.ts'
import type { RunBook } from './run-book.ts'
import { maxTries, type SimulatedJob } from './simulated-job.ts'
import { WorkNotes } from './work-notes.ts'

export interface ProgramSettings {
  readonly modules: SourceModules
  readonly timers: SimulatedTimers
  readonly book: RunBook
  readonly connect: (process: SimulatedProcess) => Connection
  /** Told by whoever watches over the process. */
  readonly onDeath: (work: LostWork) => void
  /** A worker that rejects, or dispatches in vain. */
  readonly onError: (sentence: string) => void
  readonly nextName: () => string
  readonly tally: Tally
}

export const workerOptions = {
  concurrency: 2,
  tries: maxTries,
  timeout: 0,
  backoff: [1],
  // Nobody is told of work by another process here: looks are what costs time.
  sleep: 10,
  // The engine that simulates all of them has more than one of them would.
  memory: 0,
}

/** A process with a real worker in it, which is started again whenever it ends. */
export class SimulatedProgram {
  readonly process: SimulatedProcess
  readonly #settings: ProgramSettings
  #notes = new WorkNotes()
  #worker: Worker | undefined

  constructor(name: string, settings: ProgramSettings) {
    this.process = new SimulatedProcess(name)
    this.#settings = settings
  }

  get isRunning(): boolean {
    return this.#worker !== undefined
  }

  start(): void {
    const { timers } = this.#settings
    timers.runIn(this.process, () => {
      const { life } = this.process
      const queue = this.#openQueue()
      this.#notes = new WorkNotes()
      this.#worker = queue.worker(workerOptions, this.#notes)
      this.#worker.run().then(
        () => this.#hasEnded(life),
        (error: unknown) => this.#settings.onError(`${life} rejected: ${String(error)}`),
      )
    })
  }

  /** As with SIGTERM. */
  stop(): void {
    this.#settings.timers.runIn(this.process, () => this.#worker?.stop())
  }

  /** From outside: its parent gives its jobs back, or the host is gone with both. */
  kill({ isWatched }: { readonly isWatched: boolean }): void {
    const work = this.#notes.lostByKill()
    this.#die()
    if (isWatched) this.#settings.onDeath(work)
  }

  #crash(): void {
    const work = this.#notes.lostByCrash()
    this.#die()
    this.#settings.onDeath(work)
    this.start()
  }

  #die(): void {
    this.process.die()
    this.#worker = undefined
  }

  #hasEnded(life: string): void {
    if (this.process.life !== life) return
    this.#die()
  }

  #openQueue(): Queue {
    const { modules, connect, tally } = this.#settings
    const { life } = this.process
    const job = modules.index.defineJob<SimulatedJob>('simulated', {}, (data, context) =>
      this.#handle(data, { context, life, queue }),
    )
    const queue = modules.index.createQueue({ connection: connect(this.process), jobs: [job] })
    // Faults are made here: nobody need be warned of them.
    queue.on('workerError', () => tally.add('errors told'))
    queue.on('leaseLost', () => tally.add('leases lost'))
    return queue
  }

  async #handle({ seconds, end }: SimulatedJob, { context, life, queue }: Handling): Promise<void> {
    const { book } = this.#settings
    const { uuid } = context
    const run = book.start(uuid, life)
    try {
      await wait(seconds * 1000, undefined, { signal: context.signal })
      const isFirst = book.timesStarted(uuid) === 1
      if (end === 'crashes') return await this.#crashSoon()
      if (end === 'releases once' && isFirst) context.release(1)
      if (end === 'dispatches' && isFirst) await this.#dispatch(queue)
      if (end === 'throws' || (end === 'throws once' && isFirst)) {
        book.hasThrown(uuid)
        throw new Error('It was asked to.')
      }
    } finally {
      book.end(uuid, run)
    }
  }

  /** From a timer of its own, when nothing of the process is in the middle of something. */
  #crashSoon(): Promise<never> {
    setTimeout(() => this.#crash(), 0)
    return new Promise(() => undefined)
  }

  async #dispatch(queue: Queue): Promise<void> {
    const { book, nextName } = this.#settings
    const uuid = nextName()
    const job: SimulatedJob = { seconds: 0, end: 'well' }
    book.expect(uuid, job)
    await queue.push('simulated', job, { uuid }).catch(() => undefined)
  }
}

interface Handling {
  readonly context: JobContext
  readonly life: string
  readonly queue: Queue
}
