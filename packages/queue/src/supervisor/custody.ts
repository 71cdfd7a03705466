import { setTimeout as wait } from 'node:timers/promises'
import type { ClaimedJob, Reservation } from '../connection.ts'
import type { Queue } from '../queue.ts'
import { renewalIntervalMs } from '../worker/lease.ts'
import { unwatchedWorkOf } from './death.ts'
import type { SentError, SettlingTask } from './messages.ts'
import { isDead, killGroupOf } from './process-identity.ts'
import type { RecordFolder } from './record-folder.ts'
import { sharedNow } from './record-format.ts'
import { type LiveRecord, readWhole, removeRecord } from './record-reader.ts'
import { recordRenewal } from './record-writer.ts'
import type { LostWork } from './recover-work.ts'
import type { Supervision } from './supervision.ts'
import { lateRun } from './watchdog.ts'

export type OpenedQueue = AsyncDisposable & { readonly queue: Queue }

export interface CustodySettings {
  readonly open: () => Promise<OpenedQueue>
  readonly folder: RecordFolder
  /** Does it in a process of its own; answers when that has ended. */
  readonly settle: (task: SettlingTask) => Promise<void>
}

interface Owed {
  readonly recordPath: string
  readonly work: LostWork
  /** How often its culprit was not settled although the database answers. */
  readonly inVain: number
  /** Of `performance.now()`. */
  readonly since: number
}

/** A database that is away is not asked for longer than this at a time, and one statement. */
const roundMs = 5_000
/** So often a process may end before it has recorded what a job did. */
const maxInVain = 3
/** As long as they take, each for half a minute. */
const longestOwedMs = 120_000

/**
 * What a supervisor has to tell the queue. The queue is opened at the first word, which most supervisors never have. What
 * the database does not take is kept and told again: a record stays until its jobs are given back.
 */
export class Custody implements AsyncDisposable {
  readonly #settings: CustodySettings
  #opened: Promise<OpenedQueue> | undefined
  #owed: readonly Owed[] = []
  /** One word after the other. */
  #telling: Promise<void> = Promise.resolve()
  /** While there is something owed: keeps its reservations. */
  #keeping: Promise<void> | undefined
  readonly #closing = new AbortController()
  /** Paths of records whose renewal is under way. */
  readonly #renewing = new Set<string>()

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
  recover(recordPath: string, work: LostWork): Promise<void> {
    const taken = this.#settings.folder.take(recordPath)
    if (taken !== undefined) this.#owe({ recordPath: taken, work, inVain: 0, since: performance.now() })
    return this.#tellOwed()
  }

  /** What could not be told so far, and what other supervisors left behind when they died. */
  lookAround(database: string): Promise<void> {
    for (const { path, record } of this.#settings.folder.unattended(database)) this.#lookAfter(path, record)
    return this.#tellOwed()
  }

  /** What a job threw that had completed, when its own worker could not record it any more. */
  recordLate(job: ClaimedJob, error: SentError): void {
    const record = () => this.#settings.settle({ kind: 'late-error', job, error })
    this.#telling = this.#telling.then(record).catch(() => undefined)
  }

  async renew(recordPath: string, reservations: readonly Reservation[]): Promise<void> {
    if (this.#renewing.has(recordPath)) return
    this.#renewing.add(recordPath)
    try {
      await (await this.supervision()).renew(reservations)
      recordRenewal(recordPath)
    } catch {
      // The next look tries again.
    } finally {
      this.#renewing.delete(recordPath)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tellOwed()
    this.#closing.abort()
    await this.#keeping
    // This process may go on, and no other would take what it seems to look after.
    for (const { recordPath } of this.#owed) this.#settings.folder.leave(recordPath)
    const opened = await this.#opened?.catch(() => undefined)
    await opened?.[Symbol.asyncDispose]()
  }

  #lookAfter(path: string, live: LiveRecord): void {
    if (isDead(live.header.runner)) this.#takeOver(path, live)
    // It ends its jobs, and then itself, unless one of them never ends.
    else if (lateRun(live)) killGroupOf(live.header.runner)
  }

  #takeOver(path: string, live: LiveRecord): void {
    const taken = this.#settings.folder.take(path)
    if (taken === undefined) return
    const record = isOver(live) ? undefined : readWhole(taken)
    if (record === undefined) removeRecord(taken)
    else this.#owe({ recordPath: taken, work: unwatchedWorkOf(record), inVain: 0, since: performance.now() })
  }

  #owe(owed: Owed): void {
    this.#owed = [...this.#owed, owed]
  }

  #tellOwed(): Promise<void> {
    if (this.#owed.length === 0) return this.#telling
    this.#keeping ??= this.#keepOwed()
      // The database is away: the next look tries again.
      .catch(() => undefined)
      .finally(() => {
        this.#keeping = undefined
      })
    this.#telling = this.#telling.then(() => this.#tellAll())
    return this.#telling
  }

  /** What cannot be told keeps nothing else from it, for as long as the round lasts, and is last in the next one. */
  async #tellAll(): Promise<void> {
    const startedAt = performance.now()
    for (const owed of this.#owed) {
      // The database is away; its workers say so.
      await this.#tell(owed).catch(() => this.#putLast(owed))
      if (performance.now() - startedAt > roundMs) return
    }
  }

  #putLast(owed: Owed): void {
    this.#owed = [...this.#owed.filter((each) => each !== owed), owed]
  }

  async #tell(owed: Owed): Promise<void> {
    const supervision = await this.supervision()
    await supervision.recover(owed.work)
    if (await this.#hasSettledCulprit(owed)) removeRecord(owed.recordPath)
    else this.#owe({ ...owed, inVain: owed.inVain + 1 })
    this.#owed = this.#owed.filter((each) => each !== owed)
  }

  /** Whatever becomes of the process that settles it: the database says whether it has. */
  async #hasSettledCulprit({ work: { cause, culprit }, inVain }: Owed): Promise<boolean> {
    const supervision = await this.supervision()
    const crashes = culprit && (await supervision.crashesOf(culprit.reservation))
    if (!culprit || crashes === undefined) return true
    culprit.crashesBefore ??= crashes
    if (inVain < maxInVain) {
      await this.#settings.settle({ kind: 'culprit', culprit }).catch(() => undefined)
      return (await supervision.crashesOf(culprit.reservation)) === undefined
    }
    await supervision.recover({ cause, held: [], suspects: [culprit.reservation], culprit: undefined })
    return true
  }

  /**
   * A process takes its time to begin, and all that is owed waits for it and for those before it: until it is told, no other worker
   * runs any of that. What cannot be told for so long is given up: its reservations end by themselves.
   */
  async #keepOwed(): Promise<void> {
    const supervision = await this.supervision()
    const pauseMs = renewalIntervalMs(supervision.retryAfterSeconds)
    for (;;) {
      const kept = this.#owed.filter(({ since }) => performance.now() - since < longestOwedMs)
      if (kept.length === 0 || this.#closing.signal.aborted) return
      for (const owed of kept) await this.#renewOwed(supervision, owed)
      await wait(pauseMs, undefined, { signal: this.#closing.signal, ref: false }).catch(() => undefined)
    }
  }

  async #renewOwed(supervision: Supervision, { recordPath, work }: Owed): Promise<void> {
    const { held, suspects, culprit } = work
    try {
      await supervision.renew([...held, ...suspects, ...(culprit ? [culprit.reservation] : [])])
      // Who looks after it when we are gone finds it current.
      if (this.#owed.some((each) => each.recordPath === recordPath)) recordRenewal(recordPath)
    } catch {
      // The next turn tries again.
    }
  }
}

/** Its reservations have ended by themselves: one that reads the same may be of another time, or of a database made anew. */
function isOver({ tendedAt, header }: LiveRecord): boolean {
  return sharedNow() - tendedAt > header.retryAfterSeconds * 1000
}
