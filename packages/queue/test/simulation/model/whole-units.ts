import type { Effect } from '../world/simulated-database.ts'
import type { StartedCall } from './call.ts'
import type { Change, ChangeKind } from './changes.ts'
import type { Demand } from './job-ledger.ts'
import { locksIn } from './lock-rules.ts'
import { namedPushes } from './named-pushes.ts'

interface Unit {
  readonly call: StartedCall
  readonly effect: Effect
  readonly count: (kind: ChangeKind) => number
}

/** What must happen in one unit or not at all: a crash may come between any two units. */
export function demandWholeUnit(
  { call, effect }: Pick<Unit, 'call' | 'effect'>,
  changes: readonly Change[],
  demand: Demand,
): void {
  const count = (kind: ChangeKind) => changes.filter((change) => change.kind === kind).length
  const unit = { call, effect, count }
  switch (call.verb) {
    case 'push':
    case 'pushUnique':
    case 'pushBatch':
    case 'retry':
      demandWholePush(unit, demand)
      break
    case 'conclude':
      demand(count('pushed') === namedPushes(call, effect.before).length * count('removed'), 'a chain went on by half')
      demandCounted(unit, call.args[1].batch?.batchId, demand)
      break
    case 'fail':
      demand(count('failed') === count('removed'), 'a job failed by half')
      demandCounted(unit, call.args[2]?.batchId, demand)
      break
    case 'forgive':
      demand(count('forgiven') === count('released'), 'a job was given back without being forgiven, or the reverse')
      demand(
        count('suspected') === (call.args[1]?.areSuspects ? count('released') : 0),
        'suspects were counted by half',
      )
      break
  }
}

/** With everything that belongs to it: the failure that is retried, the batch, the locks. */
function demandWholePush({ call, effect, count }: Unit, demand: Demand): void {
  const isPushing = count('pushed') > 0 || count('failure removed') > 0 || count('batched') > 0
  const expected = isPushing ? namedPushes(call, effect.before).length : 0
  demand(count('pushed') === expected, `${count('pushed')} of ${expected} jobs were pushed`)
  demand(count('failure removed') === (call.verb === 'retry' ? expected : 0), 'a job was retried by half')
  demand(count('batched') === (call.verb === 'pushBatch' && isPushing ? 1 : 0), 'a batch was pushed by half')
  demand(
    count('locked') === (isPushing ? locksIn(call).length : 0),
    'locks were taken and no jobs pushed, or the reverse',
  )
}

/** A batch that was pruned has nothing to count. */
function demandCounted({ effect, count }: Unit, batchId: string | undefined, demand: Demand): void {
  const counts = batchId !== undefined && effect.before.batches.has(batchId) ? count('removed') : 0
  demand(count('counted') === counts, 'a member of a batch ended without being counted, or the reverse')
}
