import { setTimeout as wait } from 'node:timers/promises'
import type { ClaimedJob, Connection, Exchange, Reservation, Waiting } from '../connection.ts'
import type { Place } from '../runtime.ts'
import { type CompletedAttempt, CompletedJobs } from './completed-jobs.ts'
import { HeldJobs } from './held-jobs.ts'
import type { Leases } from './lease.ts'
import type { Pace } from './pace.ts'

/**
 * Keeps claimed jobs at hand for the runners of a worker, and acknowledges what they completed. Both go in groups: a claim
 * takes with it what was completed since the last one, in one transaction where there are some. How much is held follows
 * the pace of the runners; what was held too long, or when the worker stops, is given back.
 */
export interface SupplySettings {
  readonly connection: Connection
  /** Those that may be taken now. */
  readonly waiting: () => Waiting
  readonly leases: Leases
  readonly pace: Pace
  /** False when no more may be claimed than runners wait for. */
  readonly claimsAhead: boolean
  /** How many jobs may be handed out in all. */
  readonly limit: number
  readonly onAcknowledged: (ended: CompletedAttempt, wasCurrent: boolean) => void
  /** A look found nothing, and none is under way: no more looks until `look`. */
  readonly onDry: () => void
  /** The database could not be asked or told; `failingForMs` since it last could. Tried again by itself. */
  readonly onError: (error: unknown, failingForMs: number) => void
}

/** So much text of payloads, in UTF-16 units, is held at the most, however fast the jobs end. */
const maxHeldUnits = 8_388_608
/** A completed job waits so long for company, and for what is under way to end: the next claim takes it along. */
const acknowledgeMs = 2
const staleMs = 1_000
const highestCeiling = 10_000
const longestPauseMs = 5_000
/** Jobs in a claim. */
const severalLanesFrom = 8
const lastTriesMs = [100, 500, 2_000]

export class Supply {
  readonly #settings: SupplySettings
  readonly #waiting: ((job: ClaimedJob | undefined) => void)[] = []
  readonly #underway = new Set<Promise<void>>()
  readonly #held = new HeldJobs()
  readonly #completed: CompletedJobs
  #asked = 0
  /** Places kept for jobs that are being pushed by this process. */
  #expected = 0
  #handedOut = 0
  #lastClaimed = 1
  /** Of a payload, in the last claim. */
  #averageUnits = 1
  /** Goes down when held jobs had to be given back, and slowly up again. */
  #ceiling = highestCeiling
  /** The last claim got all it asked for, so there is likely more. */
  #isFlowing = false
  #isDry = false
  #mustLookAgain = false
  #isClosed = false
  #failingSince: number | undefined
  #failures = 0
  #retryTimer: NodeJS.Timeout | undefined
  #acknowledgeTimer: NodeJS.Timeout | undefined
  #staleTimer: NodeJS.Timeout | undefined

  constructor(settings: SupplySettings) {
    this.#settings = settings
    this.#completed = new CompletedJobs(settings)
  }

  /** Jobs that runners were given so far. */
  get handedOut(): number {
    return this.#handedOut
  }

  /** True when no claimed job waits here for a runner. */
  get isEmpty(): boolean {
    return this.#held.count === 0
  }

  /** True when the last look found nothing, and nobody has said since that there may be work. */
  get isDry(): boolean {
    return this.#isDry
  }

  /** The next job, as soon as there is one; undefined when the worker stops. */
  next(): ClaimedJob | undefined | Promise<ClaimedJob | undefined> {
    if (this.#isClosed) return undefined
    const held = this.#takeHeld()
    if (held) {
      this.#handedOut += 1
      this.#advance()
      return held
    }
    const { promise, resolve } = Promise.withResolvers<ClaimedJob | undefined>()
    this.#waiting.push(resolve)
    this.#advance()
    return promise
  }

  /** After this thread stood still for so long that the reservations may be over, another worker may run what is held. */
  #takeHeld(): ClaimedJob | undefined {
    const { leases } = this.#settings
    const { first } = this.#held
    if (first && !leases.isAlive(first)) {
      this.#startGivingBack(this.#held.takeWhere((job) => !leases.isAlive(job)))
    }
    return this.#held.takeFirst()
  }

  /** A place for a job that this process pushes, when a runner waits and nothing is due before it. */
  expect(): Place | undefined {
    const isFree = this.#isDry && this.#underway.size === 0 && this.#waiting.length > this.#expected
    if (this.#isClosed || !isFree || this.#remaining <= 0) return undefined
    this.#expected += 1
    const askedAt = performance.now()
    return {
      take: (job) => {
        this.#expected -= 1
        this.#keep([job], askedAt)
        // The worker stopped meanwhile: close() may have given back already what was there.
        if (this.#isClosed) this.giveBackHeld()
      },
      cancel: () => {
        this.#expected -= 1
        this.look()
      },
    }
  }

  complete(ended: CompletedAttempt): void {
    this.#completed.add(ended)
    this.#acknowledgeTimer ??= setTimeout(() => this.#acknowledge(), acknowledgeMs)
  }

  /** There may be work again. */
  look(): void {
    this.#isDry = false
    // What is under way may have looked too early.
    this.#mustLookAgain = this.#underway.size > 0
    this.#advance()
  }

  /** The reservation is lost: a job that waits here is not handed out. */
  drop(reservation: Reservation): void {
    this.#held.drop(reservation)
  }

  /** A job that was completed turns out not to be, before anybody was told; undefined when it is too late. */
  takeBack(job: Reservation): CompletedAttempt | undefined {
    return this.#completed.take(job)
  }

  /** A runner does not start the job that it was given. Until others can have it, the queue is not empty. */
  async forgo(job: ClaimedJob): Promise<void> {
    await this.giveBack([job])
    this.#handedOut -= 1
    this.look()
  }

  /** Others may have what is held. */
  giveBackHeld(): void {
    this.#startGivingBack(this.#held.takeAll())
  }

  /** Hands out nothing more, gives back what is held and acknowledges what was completed. */
  async close(): Promise<void> {
    this.#isClosed = true
    clearInterval(this.#staleTimer)
    for (const resolve of this.#waiting.splice(0)) resolve(undefined)
    while (this.#underway.size > 0) await Promise.all(this.#underway)
    await this.giveBack(this.#held.takeAll())
  }

  /** After the last runner ended: everything completed is acknowledged, or stays reserved until it expires. */
  async flush(): Promise<void> {
    clearTimeout(this.#acknowledgeTimer)
    clearTimeout(this.#retryTimer)
    while (this.#underway.size > 0) await Promise.all(this.#underway)
    clearTimeout(this.#retryTimer)
    const completed = this.#completed.takeAll()
    if (completed.length === 0) return
    const lost = await this.#persist(() => this.#settings.connection.complete(completed.map(({ job }) => job)))
    if (lost) this.#completed.acknowledge(completed, lost)
  }

  #advance(): void {
    while (!this.#isClosed && !this.#isDry && this.#failures === 0 && this.#underway.size < this.#lanes) {
      const limit = this.#wanted()
      if (limit <= 0) return
      this.#start(this.#exchange(limit))
    }
  }

  /**
   * One lane while little comes: two looks for one job would be one too many, and answers that overtake each other would have
   * slow jobs begin in another order than they were dispatched.
   */
  get #lanes(): number {
    return this.#isFlowing && this.#lastClaimed >= severalLanesFrom ? this.#settings.connection.lanes : 1
  }

  /** How many jobs to ask for now: half of what is held at a time, at once when somebody waits. */
  #wanted(): number {
    const waiting = this.#waiting.length
    // The last claim took all there was: more is asked for when somebody waits for it.
    if (waiting === 0 && !this.#isFlowing) return 0
    const affordable = Math.floor(maxHeldUnits / this.#averageUnits)
    const held = this.#settings.claimsAhead ? Math.min(this.#settings.pace.held, this.#ceiling, affordable) : 0
    const room = waiting + held - this.#held.count - this.#asked
    const growing = Math.max(waiting, this.#lastClaimed * 4)
    const batch = Math.min(this.#settings.connection.batch, growing, Math.max(waiting, Math.ceil(held / 2)))
    const isWorthIt = room >= batch || waiting > this.#held.count + this.#asked
    return isWorthIt ? Math.min(batch, room, this.#remaining) : 0
  }

  /** How many jobs may still be claimed. */
  get #remaining(): number {
    return this.#settings.limit - this.#handedOut - this.#held.count - this.#asked - this.#expected
  }

  #start(work: Promise<void>): void {
    const tracked: Promise<void> = work.finally(() => {
      this.#underway.delete(tracked)
      this.#afterWork()
    })
    this.#underway.add(tracked)
  }

  #afterWork(): void {
    this.#advance()
    // Also while the last jobs of a worker that stops still run.
    if (this.#acknowledgeTimer === undefined) this.#acknowledge()
    if (!this.#isClosed && this.#isDry && this.#underway.size === 0) this.#settings.onDry()
  }

  async #exchange(limit: number): Promise<void> {
    const completed = this.#takeCompleted()
    this.#asked += limit
    const askedAt = performance.now()
    let exchange: Exchange
    try {
      const { connection, waiting } = this.#settings
      const reservations = completed.map(({ job }) => job)
      exchange = await connection.exchange(reservations, { ...waiting(), limit })
    } catch (error) {
      this.#asked -= limit
      this.#completed.putBack(completed, error)
      this.#hasFailed(error)
      return
    }
    // The database has done its part: what goes wrong from here on is not asked of it again.
    this.#asked -= limit
    this.#isWell()
    this.#completed.acknowledge(completed, exchange.lost)
    this.#receive(exchange.claimed, limit, askedAt)
  }

  #receive(claimed: readonly ClaimedJob[], limit: number, askedAt: number): void {
    if (claimed.length > 0) {
      this.#lastClaimed = claimed.length
      this.#averageUnits = Math.max(1, claimed.reduce((sum, { payload }) => sum + payload.length, 0) / claimed.length)
    }
    this.#isFlowing = claimed.length === limit
    this.#ceiling = Math.min(highestCeiling, this.#ceiling + Math.ceil(this.#ceiling / 8))
    // Another lane may have found the last ones.
    this.#isDry = claimed.length === 0 && this.#underway.size === 1 && !this.#mustLookAgain
    this.#mustLookAgain = false
    this.#keep(claimed, askedAt)
  }

  /**
   * To runners that wait, the rest at hand; back at once when the answer came so late that they may be another's by now, or
   * when none may be taken any more.
   */
  #keep(claimed: readonly ClaimedJob[], askedAt: number): void {
    const { leases, waiting } = this.#settings
    const newest = leases.add(claimed, askedAt)
    const [first] = newest
    if (first === undefined) return
    if (leases.isAlive(first) && waiting().queues.length > 0) this.#handOut(newest)
    else this.#startGivingBack(newest)
  }

  #handOut(jobs: readonly ClaimedJob[]): void {
    const heldSince = performance.now()
    for (const job of jobs) {
      const resolve = this.#waiting.shift()
      if (!resolve) this.#held.add(job, heldSince)
      else this.#handedOut += 1
      resolve?.(job)
    }
    if (this.#held.count > 0 && !this.#isClosed)
      this.#staleTimer ??= setInterval(() => this.#giveBackStale(), staleMs / 4)
  }

  #takeCompleted(): readonly CompletedAttempt[] {
    clearTimeout(this.#acknowledgeTimer)
    this.#acknowledgeTimer = undefined
    return this.#completed.takeAll()
  }

  /** Nothing is claimed that could take them along. */
  #acknowledge(): void {
    this.#acknowledgeTimer = undefined
    if (this.#failures > 0 || this.#completed.isEmpty || this.#underway.size > 0) return
    const completed = this.#takeCompleted()
    this.#start(this.#completeAlone(completed))
  }

  async #completeAlone(completed: readonly CompletedAttempt[]): Promise<void> {
    let lost: readonly Reservation[]
    try {
      lost = await this.#settings.connection.complete(completed.map(({ job }) => job))
    } catch (error) {
      this.#completed.putBack(completed, error)
      this.#hasFailed(error)
      return
    }
    this.#isWell()
    this.#completed.acknowledge(completed, lost)
  }

  #isWell(): void {
    this.#failures = 0
    this.#failingSince = undefined
  }

  #hasFailed(error: unknown): void {
    this.#failures += 1
    this.#failingSince ??= performance.now()
    clearTimeout(this.#retryTimer)
    const pauseMs = Math.min(longestPauseMs, 50 * 2 ** this.#failures) * (0.5 + Math.random())
    this.#retryTimer = setTimeout(() => this.#tryAgain(), pauseMs)
    this.#settings.onError(error, performance.now() - this.#failingSince)
  }

  #tryAgain(): void {
    const limit = this.#isClosed ? 0 : this.#wanted()
    if (limit > 0) this.#start(this.#exchange(limit))
    else if (!this.#completed.isEmpty) this.#start(this.#completeAlone(this.#takeCompleted()))
    else this.#isWell()
  }

  /** The runners turned out slower than they were: others may have what waits here. */
  #giveBackStale(): void {
    if (this.#held.count === 0) {
      clearInterval(this.#staleTimer)
      this.#staleTimer = undefined
    }
    const stale = this.#held.takeAllOnceOlder(performance.now() - staleMs)
    if (stale.length === 0) return
    this.#settings.pace.forget()
    this.#lastClaimed = 1
    this.#ceiling = Math.ceil(Math.min(this.#ceiling, stale.length) / 4)
    this.#startGivingBack(stale)
  }

  /** The worker does not end before it is done, and this queue is not empty before somebody has looked again. */
  #startGivingBack(jobs: readonly ClaimedJob[]): void {
    if (jobs.length === 0) return
    this.#isDry = false
    this.#start(this.giveBack(jobs).then(() => this.look()))
  }

  /** Undoes claims of jobs that did not start. */
  async giveBack(jobs: readonly ClaimedJob[]): Promise<void> {
    if (jobs.length === 0) return
    this.#settings.leases.letGo(jobs)
    try {
      await this.#settings.connection.unclaim(jobs)
    } catch (error) {
      // Not tried again: it may be done, and another worker have the same reservation. Else the jobs come back when it expires.
      this.#settings.onError(error, 0)
    }
  }

  /** What could not be told after a few tries expires, and comes back then. */
  async #persist(attempt: () => Promise<readonly Reservation[]>): Promise<readonly Reservation[] | undefined> {
    for (const pauseMs of [...lastTriesMs, undefined]) {
      try {
        return await attempt()
      } catch (error) {
        this.#settings.onError(error, 0)
        if (pauseMs !== undefined) await wait(pauseMs * (0.5 + Math.random()))
      }
    }
    return undefined
  }
}
