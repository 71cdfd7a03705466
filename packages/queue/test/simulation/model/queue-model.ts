import type { SimulatedClock } from '../world/simulated-clock.ts'
import type { Effect } from '../world/simulated-database.ts'
import type { SimulatedProcess } from '../world/simulated-process.ts'
import type { Tally } from '../world/tally.ts'
import { allowedChanges } from './allowed-changes.ts'
import { type Deeds, demandTrueAnswer } from './answers.ts'
import { BatchLedger } from './batch-ledger.ts'
import type { AnsweredCall, Call, CallListener, StartedCall } from './call.ts'
import { type Change, changesOf } from './changes.ts'
import { describedIn } from './described-job.ts'
import { JobLedger, type JobRules } from './job-ledger.ts'
import { demandLock } from './lock-rules.ts'
import { demandSlot } from './slot-rules.ts'
import { demandWholeUnit } from './whole-units.ts'

export interface QueueModelSettings extends JobRules {
  readonly clock: SimulatedClock
  readonly tally: Tally
}

/**
 * The model: what happened, as a story to read, and what follows from it for the tables. Whatever they hold else, and
 * whatever was done without a right to it, is a violation.
 */
export class QueueModel {
  readonly jobs: JobLedger
  readonly violations: string[] = []
  readonly story: string[] = []
  readonly #batches = new BatchLedger()
  readonly #clock: SimulatedClock
  readonly #tally: Tally
  readonly #deeds = new Map<string, { readonly effects: Effect[]; readonly changes: Change[] }>()
  #calls = 0
  #isOver = false

  constructor({ clock, tally, ...rules }: QueueModelSettings) {
    this.#clock = clock
    this.#tally = tally
    this.jobs = new JobLedger(rules)
  }

  /** The story ends with the step that did wrong. */
  tell(sentence: string): void {
    if (this.violations.length > 0) this.#isOver = true
    if (!this.#isOver) this.#write(sentence)
  }

  demand(holds: boolean, wrong: string): void {
    if (holds || this.#isOver) return
    this.violations.push(wrong)
    this.#write(`VIOLATION: ${wrong}`)
  }

  /** Hears what the process does with a connection. */
  listenerOf(process: SimulatedProcess): CallListener {
    return {
      start: (call) => this.#start(call, process.life),
      hear: (call) => this.#hear(call),
    }
  }

  observe(call: StartedCall, effect: Effect): void {
    const changes = changesOf(effect)
    const deeds = this.#deedsOf(call.label)
    deeds.effects.push(effect)
    deeds.changes.push(...changes)
    this.tell(`${call.label} is carried out: ${changes.map(textOf).join(', ') || 'no change'}`)
    this.#tally.add('units carried out')
    const demand = this.#demandOf(call)
    for (const change of changes) {
      this.#tally.add(change.kind)
      demand(allowedChanges[call.verb].includes(change.kind), `${textOf(change)}, which this verb does not do`)
      this.jobs.apply(change, { call, effect, demand })
      this.#batches.apply(change, call)
      demandLock(change, { call, effect }, demand)
      demandSlot(change, { call, effect, looks: deeds.effects }, demand)
    }
    if (changes.length === 0) return
    demandWholeUnit({ call, effect }, changes, demand)
    this.jobs.check(effect.after, demand)
    this.#batches.check(effect.after, demand)
  }

  #write(sentence: string): void {
    this.story.push(`${this.#clock.unixSeconds % 100_000} ${sentence}`)
  }

  #start(call: Call, life: string): StartedCall {
    this.#calls += 1
    const started = { ...call, life, label: `${life} ${call.verb}#${this.#calls}` }
    this.tell(`${started.label} is sent${argumentText(call)}`)
    return started
  }

  #hear(call: AnsweredCall): void {
    this.tell(`${call.label} has its answer`)
    const deeds = this.#deeds.get(call.label) ?? noDeeds
    this.#tally.add('late writes refused', lateWrites(call))
    demandTrueAnswer(call, deeds, this.#demandOf(call))
  }

  #demandOf({ label }: { readonly label: string }) {
    return (holds: boolean, wrong: string) => {
      if (!holds) this.demand(false, `${label}: ${wrong}`)
    }
  }

  #deedsOf(label: string) {
    const known = this.#deeds.get(label)
    if (known) return known
    const deeds = { effects: [], changes: [] }
    this.#deeds.set(label, deeds)
    return deeds
  }
}

const noDeeds: Deeds = { effects: [], changes: [] }

function argumentText(call: Call): string {
  const text = JSON.stringify(call.args, (name, value: unknown) =>
    name === 'payload' || name === 'options' ? undefined : value,
  )
  return ` ${text}`
}

function textOf(change: Change): string {
  switch (change.kind) {
    case 'pushed':
    case 'claimed':
    case 'renewed':
    case 'released':
    case 'unclaimed':
    case 'due again':
    case 'altered':
      return `${change.kind} ${describedIn(change.row.payload).uuid} (${change.row.id}/${change.row.attempts})`
    case 'removed':
      return `removed ${describedIn(change.before.payload).uuid} (${change.before.id}/${change.before.attempts})`
    case 'failed':
      return `failed ${change.row.uuid}`
    case 'failure removed':
      return `failure of ${change.before.uuid} removed`
    case 'batched':
    case 'counted':
      return `${change.kind} ${change.row.id}`
    case 'batch removed':
      return `batch ${change.before.id} removed`
    case 'locked':
      return `locked ${change.row.key} for ${change.row.owner}`
    case 'unlocked':
      return `unlocked ${change.before.key}`
    case 'forgiven':
      return `forgiven ${change.id}: ${change.times}`
    case 'suspected':
      return `suspected ${change.id}: ${change.times}`
    case 'slot made':
    case 'slot passed':
      return `slot ${change.row.slot} of ${change.row.owner || 'nobody'}`
    case 'slot freed':
      return `slot ${change.before.slot} freed`
    case 'forgotten':
      return `forgotten what was forgiven to ${change.id}`
  }
}

/** Reservations that somebody named who had lost them. */
function lateWrites(call: AnsweredCall): number {
  switch (call.verb) {
    case 'complete':
    case 'renew':
    case 'unclaim':
    case 'forgive':
      return call.answer.length
    case 'exchange':
      return call.answer.lost.length
    case 'release':
    case 'conclude':
    case 'fail':
      return call.answer ? 0 : 1
    default:
      return 0
  }
}
