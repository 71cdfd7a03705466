import type { Reservation } from '../connection.ts'
import type { Queue } from '../queue.ts'
import type { LostWork } from '../recover-work.ts'
import type { Supervision } from '../supervision.ts'
import type { WorkerOptions } from '../worker-options.ts'
import { unwatchedWorkOf } from './death.ts'
import type { RecordFolder } from './record-folder.ts'
import { removeRecord } from './record-reader.ts'

export type OpenedQueue = AsyncDisposable & { readonly queue: Queue }

export interface CustodySettings {
  readonly open: () => Promise<OpenedQueue>
  readonly folder: RecordFolder
  readonly options: WorkerOptions
}

interface Owed {
  readonly recordPath: string
  readonly work: LostWork
}

/**
 * What a supervisor has to tell the queue. The queue is opened at the first word, which most supervisors never have. What
 * the database does not take is kept and told again: a record stays until its jobs are given back.
 */
export class Custody implements AsyncDisposable {
  readonly #settings: CustodySettings
  #opened: Promise<OpenedQueue> | undefined
  #owed: readonly Owed[] = []
  #isBusy = false

  constructor(settings: CustodySettings) {
    this.#settings = settings
  }

  async supervision(): Promise<Supervision> {
    this.#opened ??= this.#settings.open()
    try {
      return (await this.#opened).queue.supervision
    } catch (error) {
      this.#opened = undefined
      throw error
    }
  }

  /** Answers when the jobs are given back, or when that has to be tried again later. */
  async recover(recordPath: string, work: LostWork): Promise<void> {
    const taken = this.#settings.folder.take(recordPath)
    if (taken === undefined) return
    this.#owed = [...this.#owed, { recordPath: taken, work }]
    await this.payOwed()
  }

  /** What could not be told so far, and what other supervisors left behind when they died. */
  async lookAround(database: string): Promise<void> {
    for (const { path, record } of this.#settings.folder.takeDead(database))
      this.#owed = [...this.#owed, { recordPath: path, work: unwatchedWorkOf(record) }]
    await this.payOwed()
  }

  async payOwed(): Promise<void> {
    if (this.#isBusy) return
    this.#isBusy = true
    try {
      for (const owed of this.#owed) await this.#pay(owed)
    } catch {
      // The database is away; its workers say so.
    } finally {
      this.#isBusy = false
    }
  }

  async renew(reservations: readonly Reservation[]): Promise<void> {
    await (await this.supervision()).renew(reservations).catch(() => undefined)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.payOwed()
    const opened = await this.#opened?.catch(() => undefined)
    await opened?.[Symbol.asyncDispose]()
  }

  async #pay(owed: Owed): Promise<void> {
    const supervision = await this.supervision()
    await supervision.recover(owed.work, this.#settings.options)
    removeRecord(owed.recordPath)
    this.#owed = this.#owed.filter((each) => each !== owed)
  }
}
