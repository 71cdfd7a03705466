import type { Effect } from '../world/simulated-database.ts'
import type { StartedCall } from './call.ts'
import type { Change } from './changes.ts'
import type { Demand } from './job-ledger.ts'

interface Doing {
  readonly call: StartedCall
  readonly effect: Effect
  /** The units of the call so far: whether a lease is over is looked at before the slot is taken. */
  readonly looks: readonly Effect[]
}

/** A slot passes to another only when nobody has it, when its lease is over and its owner not known to be at work, or when the owner is known to be dead. */
export function demandSlot(change: Change, { call, effect: { now }, looks }: Doing, demand: Demand): void {
  if (change.kind === 'slot passed' && call.verb === 'slots.take') {
    const { before, row } = change
    const [{ owner, limit, leaseSeconds, isDead, isAtWork }] = call.args
    // A clock that is set back in the middle of a call does not bring a lease to life that was over.
    const isOver = looks.some((look) => before.expires_at <= look.now)
    const isFree = isOver ? !isAtWork(before.owner) : isDead(before.owner)
    demand(isFree, `slot ${row.slot} was taken from ${before.owner} who has it`)
    demand(row.owner === owner && row.slot < limit, `slot ${row.slot} was taken for ${row.owner}`)
    demand(row.expires_at === now + leaseSeconds, `slot ${row.slot} is leased for another time`)
  }
  if (change.kind === 'slot passed' && call.verb === 'slots.renew')
    demand(change.row.owner === call.args[0].owner, `slot ${change.row.slot} was renewed for another`)
  if (change.kind === 'slot freed' && call.verb === 'slots.free')
    demand(change.before.owner === call.args[0].owner, `slot ${change.before.slot} was freed for another`)
  if (change.kind === 'slot made') demand(change.row.owner === '', `slot ${change.row.slot} was made for somebody`)
}
