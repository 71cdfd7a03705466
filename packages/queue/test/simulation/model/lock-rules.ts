import type { Lock } from '../../../src/shared-store.ts'
import type { Effect } from '../world/simulated-database.ts'
import type { StartedCall } from './call.ts'
import type { Change, ChangeOf } from './changes.ts'
import type { Demand } from './job-ledger.ts'

/** A lock is taken when it is free, over or its owner's already, and freed by whoever names it. */
export function demandLock(change: Change, doing: Doing, demand: Demand): void {
  if (change.kind === 'locked') demandFree(change, doing, demand)
  if (change.kind === 'unlocked') demandFreeable(change, doing, demand)
}

interface Doing {
  readonly call: StartedCall
  readonly effect: Effect
}

function demandFreeable({ before }: ChangeOf<'unlocked'>, { call, effect: { now } }: Doing, demand: Demand): void {
  // Whoever pushes cleans up what is over.
  const [key, owner] = call.verb === 'shared.releaseLock' ? call.args : [before.key]
  const isOver = call.verb === 'shared.releaseLock' || before.expiration <= now
  const isNamed = before.key === key && before.owner === (owner ?? before.owner)
  demand(isNamed && isOver, `${before.key} was not to be freed`)
}

function demandFree({ before, row }: ChangeOf<'locked'>, { call, effect: { now } }: Doing, demand: Demand): void {
  const lock = locksIn(call).find(({ key, owner }) => key === row.key && owner === row.owner)
  demand(lock !== undefined, `${row.key} was locked for somebody else`)
  const isFree = before === undefined || before.expiration <= now || before.owner === row.owner
  demand(isFree, `${row.key} was taken from ${before?.owner} who held it`)
  demand(row.expiration === now + (lock?.seconds ?? 0), `${row.key} is locked for another time`)
}

/** The locks that a call takes, all or none. */
export function locksIn(call: StartedCall): readonly Lock[] {
  switch (call.verb) {
    case 'pushUnique':
      return call.args[1]
    case 'pushBatch':
      return call.args[2]?.locks ?? []
    case 'shared.acquireLock':
      return [call.args[0]]
    default:
      return []
  }
}
