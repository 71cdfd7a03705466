import { randomUUID } from 'node:crypto'
import { globSync, mkdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Queue } from '../../src/index.ts'
import { comesTrue } from '../support/eventually.ts'
import { check } from './harness/checker.ts'
import { Fleet } from './harness/fleet.ts'
import { Ledger, readLedgers } from './harness/ledger.ts'
import { loadQueue } from './harness/loaded-queue.ts'
import type { ProgramSettings } from './harness/program.ts'
import type { Verdict } from './harness/scenario.ts'
import { type DiskJob, diskJobKinds, diskJobs } from './r16-jobs.ts'
import type { SmallDiskContext } from './r16-program.ts'
import { untyped } from './r16-refusals.ts'

/** So many errors a worker may tell of while the disk is full: it does not try again and again without a pause. */
const mostErrors = 20

/** A queue in a SQLite file, which keeps a ledger of what is dispatched to it and of how that is answered. */
export class WatchedQueue implements AsyncDisposable {
  readonly settings: ProgramSettings
  readonly #drainSeconds: number
  readonly #ledger: Ledger
  readonly #refusals: unknown[] = []
  #queue: Queue | undefined

  private constructor(settings: ProgramSettings, drainSeconds: number) {
    this.settings = settings
    this.#drainSeconds = drainSeconds
    this.#ledger = new Ledger(settings.folder, 'producer')
  }

  /** Below `parent`, on the small disk or beside it. */
  static async open({ source, size, folder }: SmallDiskContext, name: string, parent: string): Promise<WatchedQueue> {
    const ownFolder = join(folder, name)
    mkdirSync(ownFolder)
    const place = join(parent, name, 'queue.sqlite')
    const recordParent = join(parent, name)
    const settings: ProgramSettings = {
      source,
      driver: 'sqlite',
      place,
      folder: ownFolder,
      recordParent,
      retryAfter: 60,
    }
    const watched = new WatchedQueue(settings, size.drainSeconds ?? 0)
    await (await watched.#opened()).migrate()
    return watched
  }

  /** Answers the error with which it was refused. */
  async dispatch({ kind, ...data }: DiskJob): Promise<unknown> {
    const uuid = randomUUID()
    this.#ledger.write({ event: 'enqueue-try', uuid, kind })
    try {
      await (await this.#opened()).push(`disk.${kind}`, data, { uuid })
      this.#ledger.write({ event: 'enqueue-ok', uuid })
      return undefined
    } catch (error) {
      this.#ledger.write({ event: 'enqueue-unknown', uuid, error: String(error) })
      this.#refusals.push(error)
      return error
    }
  }

  startWorker(): Fleet {
    const fleet = new Fleet({
      size: 1,
      program: diskJobs,
      words: ['queue:work', '--concurrency=4', '--sleep=0.2'],
      settings: this.settings,
    })
    fleet.start()
    return fleet
  }

  /** False when jobs are left after some time. */
  isDrained(): Promise<boolean> {
    return comesTrue(() => this.#read('select id from jobs limit 1').length === 0, this.#drainSeconds)
  }

  /** New jobs are taken, within seconds and without anybody's doing. */
  isTakingAgain(job: DiskJob): Promise<boolean> {
    return comesTrue(async () => (await this.dispatch(job)) === undefined, 5)
  }

  /** Whoever is refused room by the disk takes what was kept. */
  hasUsedReserve(): boolean {
    return statSync(`${this.settings.place}-reserve`).size === 0
  }

  /** By workers. */
  errorsTold(): number {
    return readLedgers(this.settings.folder).filter(({ event }) => event === 'worker-error').length
  }

  /** Until the next dispatch. */
  async close(): Promise<void> {
    await this.#queue?.close()
    this.#queue = undefined
  }

  /** Balances the ledgers. The faults are the refusals that somebody got, if no others are given. */
  judge({ figures = {}, violations = [], faults = this.#refusals.length }: Partial<Verdict>): Verdict {
    const found = check({
      entries: readLedgers(this.settings.folder),
      kinds: diskJobKinds,
      database: { effects: [], failed: this.#uuidsOf('failed_jobs'), waiting: this.#uuidsOf('jobs') },
    })
    const errors = this.errorsTold()
    return {
      figures: { ...figures, 'errors told': errors },
      faults,
      violations: [
        ...violations,
        ...new Set(this.#refusals.flatMap(untyped)),
        ...(errors > mostErrors ? [`The worker told of ${errors} errors.`] : []),
        ...this.#integrity(),
        ...found.violations,
      ],
    }
  }

  /** With its file: the small disk is for the next one too. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
    this.#ledger[Symbol.dispose]()
    for (const path of globSync(`${this.settings.place}*`)) rmSync(path)
  }

  async #opened(): Promise<Queue> {
    const { source, place, retryAfter } = this.settings
    const { index, connect } = await loadQueue(source, 'sqlite')
    this.#queue ??= index.createQueue({ connection: connect(place, { retryAfter }) })
    return this.#queue
  }

  #uuidsOf(table: 'jobs' | 'failed_jobs'): readonly string[] {
    return this.#read(`select payload from ${table}`).map(({ payload }) => String(JSON.parse(String(payload)).uuid))
  }

  #integrity(): readonly string[] {
    const found = this.#read('pragma integrity_check')
    return found.map((row) => String(row.integrity_check)).filter((text) => text !== 'ok')
  }

  #read(sql: string): readonly Readonly<Record<string, unknown>>[] {
    using database = new DatabaseSync(String(this.settings.place), { timeout: 5_000 })
    return database.prepare(sql).all()
  }
}
