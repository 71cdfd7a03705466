import type { NewJob } from '../../../src/connection.ts'
import type { Effect } from '../world/simulated-database.ts'
import type { JobRow, Snapshot } from '../world/snapshot.ts'
import type { StartedCall } from './call.ts'
import type { Change, ChangeOf } from './changes.ts'
import { describedIn, isPlain } from './described-job.ts'
import { namedPushes } from './named-pushes.ts'
import { namedReservations } from './named-reservations.ts'

/** Says what is wrong unless it holds. */
export type Demand = (holds: boolean, wrong: string) => void

type State = 'queued' | 'failed' | 'done' | 'cleared' | 'forgotten'

interface KnownJob {
  readonly uuid: string
  readonly payload: string
  state: State
  /** Of its row, which is another one after a retry. */
  id: string
  /** The life of the process that claimed it last. */
  holder: string | undefined
  /** Claims of this row so far, but those that were undone. */
  claims: number
  forgiven: number
  crashes: number
}

export interface JobRules {
  readonly retryAfterSeconds: number
  /** True for the parent of a process that is dead, which ends or gives back what that one held. */
  maySpeakFor(life: string, holder: string | undefined): boolean
}

interface Doing {
  readonly call: StartedCall
  readonly effect: Effect
  readonly demand: Demand
}

/**
 * What became of each job, told from the changes that the verbs made: where it is, who holds it, how often it was claimed.
 * Every change of a row of `jobs` and `failed_jobs` must be one that the call had a right to.
 */
export class JobLedger {
  readonly #rules: JobRules
  readonly #jobs = new Map<string, KnownJob>()
  /** When a life last claimed or renewed a job, by the clock that only goes forward. */
  readonly #heldAtMs = new Map<string, number>()

  constructor(rules: JobRules) {
    this.#rules = rules
  }

  stateOf(uuid: string): State | undefined {
    return this.#jobs.get(uuid)?.state
  }

  /** When this life last claimed or renewed the job, in milliseconds of the clock that only goes forward. */
  heldAtMs(uuid: string, life: string): number | undefined {
    return this.#heldAtMs.get(`${uuid} ${life}`)
  }

  /** The payloads of those that ended well, and from which nothing followed. */
  get done(): readonly string[] {
    const done = [...this.#jobs.values()].filter(({ state }) => state === 'done').map(({ payload }) => payload)
    return done.filter((payload) => isPlain(describedIn(payload)))
  }

  apply(change: Change, doing: Doing): void {
    switch (change.kind) {
      case 'pushed':
        this.#pushed(change, doing)
        break
      case 'claimed':
        this.#claimed(change, doing)
        break
      case 'renewed':
        this.#renewed(change, doing)
        break
      case 'due again':
        this.#dueAgain(change, doing)
        break
      case 'released':
      case 'unclaimed':
        this.#givenBack(change, doing)
        break
      case 'removed':
        this.#removed(change, doing)
        break
      case 'suspected':
        this.#suspected(change, doing)
        break
      case 'failed':
        this.#failed(change, doing)
        break
      case 'failure removed':
        this.#failureRemoved(change, doing)
        break
      case 'altered':
        doing.demand(false, `${nameOf(change.row)} was changed as no verb does`)
        break
    }
  }

  /** Every job is in exactly one place, and nothing is there that nobody pushed. */
  check(snapshot: Snapshot, demand: Demand): void {
    const rows = Map.groupBy(snapshot.jobs.values(), (row) => describedIn(row.payload).uuid)
    for (const job of this.#jobs.values()) {
      const { uuid, state } = job
      const [row, ...others] = rows.get(uuid) ?? []
      const hasFailed = snapshot.failed.has(uuid)
      demand(others.length === 0, `${uuid} is in jobs more than once`)
      demand((row !== undefined) === (state === 'queued'), `${uuid} is ${state}, and ${row ? '' : 'not '}in jobs`)
      demand(hasFailed === (state === 'failed'), `${uuid} is ${state}, and ${hasFailed ? '' : 'not '}in failed_jobs`)
      if (row) checkRow(row, job, { snapshot, demand })
    }
    for (const uuid of rows.keys()) demand(this.#jobs.has(uuid), `${uuid} was pushed by nobody`)
  }

  #pushed({ row }: ChangeOf<'pushed'>, { call, effect, demand }: Doing): void {
    const { uuid } = describedIn(row.payload)
    const known = this.#jobs.get(uuid)
    const job = namedPushes(call, effect.before).find(({ payload }) => payload === row.payload)
    demand(job !== undefined && job.queue === row.queue, `${nameOf(row)} was not among the jobs to push`)
    demand(known === undefined || call.verb === 'retry', `${uuid} was pushed a second time`)
    demand(
      job !== undefined && row.available_at === momentOf(job.due, effect.now) && row.created_at === effect.now,
      `${nameOf(row)} is due at another moment`,
    )
    const isReserved = call.verb === 'pushReserved'
    demand(row.reserved_at === (isReserved ? effect.now : null), `${nameOf(row)} is reserved wrongly`)
    const claims = isReserved ? 1 : 0
    const holder = isReserved ? call.life : undefined
    if (isReserved) this.#heldAtMs.set(`${uuid} ${call.life}`, effect.atMs)
    const { payload } = row
    this.#jobs.set(uuid, { uuid, payload, state: 'queued', id: row.id, holder, claims, forgiven: 0, crashes: 0 })
  }

  #claimed({ before, row }: ChangeOf<'claimed'>, { call, effect, demand }: Doing): void {
    if (call.verb !== 'claim' && call.verb !== 'exchange') return
    const request = call.verb === 'claim' ? call.args[0] : call.args[1]
    const { queues, containing, except = [] } = request
    demand(queues.includes(row.queue), `${nameOf(row)} is on a queue that was not asked for`)
    demand(containing?.some((text) => row.payload.includes(text)) ?? true, `${nameOf(row)} was not asked for`)
    demand(!except.includes(row.id), `${nameOf(row)} was not to be taken`)
    const isAsBefore = row.available_at === before.available_at
    const isDue = isAsBefore
      ? before.reserved_at !== null || before.available_at <= effect.now
      : isLeftBehind(before, effect.now)
    demand(isDue, `${nameOf(row)} was claimed before its time`)
    const job = this.#of(row)
    if (!job) return
    if (before.reserved_at !== null) {
      const isOver = before.reserved_at + this.#rules.retryAfterSeconds <= effect.now
      demand(isOver, `${nameOf(row)} was claimed although ${job.holder} held it`)
      job.forgiven += 1
    }
    job.claims += 1
    job.holder = call.life
    this.#heldAtMs.set(`${job.uuid} ${call.life}`, effect.atMs)
  }

  #renewed({ before, row }: ChangeOf<'renewed'>, { call, effect, demand }: Doing): void {
    // Who gave it back may have a renewal under way, which does the next holder of the same reservation no harm.
    const isOwn = call.verb === 'renew' && isNamed(call, before)
    const isAhead = call.verb !== 'renew' && Number(before.reserved_at) > effect.now
    if (isOwn) this.#heldAtMs.set(`${this.#of(row)?.uuid} ${call.life}`, effect.atMs)
    demand(isOwn || isAhead, `${nameOf(row)} was renewed by who does not hold it`)
  }

  #dueAgain({ before, row }: ChangeOf<'due again'>, { effect, demand }: Doing): void {
    demand(isLeftBehind(before, effect.now), `${nameOf(row)} was made due before its time`)
  }

  #givenBack({ kind, before, row }: ChangeOf<'released' | 'unclaimed'>, doing: Doing): void {
    const { call, effect, demand } = doing
    this.#demandHolder(before, doing)
    const job = this.#of(row)
    if (job) {
      job.holder = undefined
      if (kind === 'unclaimed') job.claims -= 1
      if (call.verb === 'forgive') job.forgiven += 1
    }
    const delay = call.verb === 'release' || call.verb === 'unclaim' ? (call.args[1] ?? 0) : 0
    const due = call.verb !== 'release' && delay === 0 ? before.available_at : effect.now + delay
    demand(row.available_at === due, `${nameOf(row)} was given back for another moment`)
  }

  #removed({ before }: ChangeOf<'removed'>, doing: Doing): void {
    const { call, demand } = doing
    const job = this.#of(before)
    if (call.verb === 'clear') demand(before.queue === call.args[0], `${nameOf(before)} is on another queue`)
    else this.#demandHolder(before, doing)
    if (job) job.state = call.verb === 'clear' ? 'cleared' : call.verb === 'fail' ? 'failed' : 'done'
  }

  /** Not the only one: a job that has ended may be found to have failed after all. */
  #failed({ row }: ChangeOf<'failed'>, { call, demand }: Doing): void {
    if (call.verb !== 'recordFailure') return
    const job = this.#jobs.get(row.uuid)
    demand(job?.state === 'done', `${row.uuid} is ${job?.state}, and has failed late`)
    if (job) job.state = 'failed'
  }

  #suspected({ id }: ChangeOf<'suspected'>, { call, effect, demand }: Doing): void {
    const row = effect.before.jobs.get(id)
    const job = row && this.#of(row)
    demand(
      row !== undefined && isNamed(call, row) && row.reserved_at !== null,
      `${id} was suspected without being held`,
    )
    if (job) job.crashes += 1
  }

  #failureRemoved({ before }: ChangeOf<'failure removed'>, { call, effect, demand }: Doing): void {
    const job = this.#jobs.get(before.uuid)
    if (call.verb === 'retry' || call.verb === 'forget')
      demand(before.uuid === call.args[0], `${before.uuid} was not the failed job that was named`)
    if (call.verb === 'pruneFailed') {
      const age = effect.now - Date.parse(`${before.failed_at.replace(' ', 'T')}Z`) / 1000
      demand(age > call.args[0] * 3600, `${before.uuid} failed ${age} seconds ago and was pruned`)
    }
    // A retry has put it into jobs already.
    if (job?.state === 'failed') job.state = 'forgotten'
  }

  #demandHolder(before: JobRow, { call, demand }: Doing): void {
    const holder = this.#of(before)?.holder
    demand(isNamed(call, before), `${nameOf(before)} was changed for a reservation that is not its current one`)
    demand(before.reserved_at !== null, `${nameOf(before)} was changed, and nobody held it`)
    demand(
      holder === call.life || this.#rules.maySpeakFor(call.life, holder),
      `${nameOf(before)} was changed by ${call.life}, and ${holder} held it`,
    )
  }

  #of(row: JobRow): KnownJob | undefined {
    return this.#jobs.get(describedIn(row.payload).uuid)
  }
}

/** Due when it was pushed, and the clock was set back since. */
function isLeftBehind({ available_at, created_at }: JobRow, now: number): boolean {
  return available_at > now && available_at <= created_at
}

function checkRow(
  row: JobRow,
  { uuid, id, claims, forgiven, crashes }: KnownJob,
  { snapshot, demand }: { readonly snapshot: Snapshot; readonly demand: Demand },
): void {
  const counted = { forgiven: snapshot.forgiven.get(id) ?? 0, crashes: snapshot.crashes.get(id) ?? 0 }
  demand(row.id === id, `${uuid} has another row than before`)
  demand(row.attempts === claims, `${uuid} was claimed ${claims} times, its attempts are ${row.attempts}`)
  demand(counted.forgiven === forgiven, `${uuid} was forgiven ${forgiven} claims, counted are ${counted.forgiven}`)
  demand(counted.crashes === crashes, `${uuid} was suspected ${crashes} times, counted are ${counted.crashes}`)
  demand(forgiven <= claims, `${uuid} was forgiven more than it was claimed`)
}

function isNamed(call: StartedCall, { id, attempts }: JobRow): boolean {
  return namedReservations(call).some((named) => named.id === id && named.attempts === attempts)
}

function nameOf({ payload, id, attempts }: JobRow): string {
  return `${describedIn(payload).uuid} (${id}/${attempts})`
}

function momentOf(due: NewJob['due'], now: number): number {
  return 'inSeconds' in due ? now + due.inSeconds : due.atUnixSeconds
}
