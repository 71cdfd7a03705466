import { type ClaimedJob, type ClaimRequest, keyOf, type Reservation } from '../../../src/connection.ts'
import type { Effect } from '../world/simulated-database.ts'
import type { JobRow, Snapshot } from '../world/snapshot.ts'
import type { AnsweredCall } from './call.ts'
import type { Change, ChangeKind, ChangeOf } from './changes.ts'
import type { Demand } from './job-ledger.ts'
import { namedReservations } from './named-reservations.ts'

/** What one call did, in the order of its statements. */
export interface Deeds {
  readonly effects: readonly Effect[]
  readonly changes: readonly Change[]
}

/** An answer that was heard tells what happened. */
export function demandTrueAnswer(call: AnsweredCall, deeds: Deeds, demand: Demand): void {
  const count = (kind: ChangeKind) => deeds.changes.filter((change) => change.kind === kind).length
  const same = (said: unknown, real: unknown) =>
    demand(said === real, `${call.label} answered ${String(said)}, and it was ${String(real)}`)
  switch (call.verb) {
    case 'push':
      same([...call.args[0]].length, count('pushed'))
      break
    case 'pushBatch':
      same(call.answer, count('batched') === 1)
      break
    case 'pushUnique':
      same(call.answer, count('pushed') > 0)
      break
    case 'pushReserved':
      demandClaimed([call.answer], deeds, demand)
      break
    case 'claim':
      demandWithinLimit(call.answer, call.args[0], demand)
      demandClaimed(call.answer, deeds, demand)
      break
    case 'exchange':
      demandWithinLimit(call.answer.claimed, call.args[1], demand)
      demandClaimed(call.answer.claimed, deeds, demand)
      demandLost(call, call.answer.lost)
      break
    case 'complete':
    case 'unclaim':
    case 'forgive':
      demandLost(call, call.answer)
      break
    case 'renew':
      demandRenewed(call.args[0], call.answer, { deeds, demand })
      break
    case 'release':
      same(call.answer, count('released') === 1)
      break
    case 'conclude':
    case 'fail':
      same(call.answer, count('removed') === 1)
      break
    case 'countCrash':
      same(call.answer !== undefined, count('suspected') === 1)
      break
    case 'reserved':
      demandReserved(call.args[0], call.answer, { deeds, demand })
      break
    case 'slots.take':
      same(call.answer, slotsTaken(deeds).at(-1))
      break
    case 'retry':
    case 'forget':
      same(call.answer, count('failure removed') === 1)
      break
    case 'flush':
    case 'pruneFailed':
      same(call.answer, count('failure removed'))
      break
    case 'clear':
      same(call.answer, count('removed'))
      break
    case 'pruneBatches':
      same(call.answer, count('batch removed'))
      break
    case 'shared.releaseLock':
      same(call.answer, count('unlocked') === 1)
      break
  }

  function demandLost(named: AnsweredCall, lost: readonly Reservation[]): void {
    const ended = new Set(
      deeds.changes
        .filter((change): change is ChangeOf<'removed' | 'unclaimed' | 'released'> => isEnd(change.kind))
        .map(({ before }) => keyOf(before)),
    )
    const real = namedReservations(named).filter((reservation) => !ended.has(keyOf(reservation)))
    same(keysOf(lost), keysOf(real))
  }
}

function isEnd(kind: ChangeKind): boolean {
  return kind === 'removed' || kind === 'unclaimed' || kind === 'released'
}

function demandWithinLimit(claimed: readonly ClaimedJob[], { limit }: ClaimRequest, demand: Demand): void {
  demand(claimed.length <= limit, `${claimed.length} jobs were claimed, ${limit} were asked for`)
}

function demandClaimed(claimed: readonly ClaimedJob[], { effects, changes }: Deeds, demand: Demand): void {
  const rows = changes.filter((change) => change.kind === 'claimed' || change.kind === 'pushed').map(({ row }) => row)
  demand(keysOf(claimed) === keysOf(rows), `claimed were ${keysOf(rows)}, answered ${keysOf(claimed)}`)
  for (const { id, payload, queue, forgiven } of claimed) {
    const row = rows.find((claimedRow) => claimedRow.id === id)
    demand(row?.payload === payload && row.queue === queue, `${id} was answered with what is another's`)
    const counts = effects.map(({ after }) => after.forgiven.get(id) ?? 0)
    demand(counts.includes(forgiven), `${id} was answered with ${forgiven} claims forgiven`)
  }
}

/** Between two statements of one renewal another may end or take a job, so each need only have been true once meanwhile. */
function demandRenewed(
  named: readonly Reservation[],
  lost: readonly Reservation[],
  { deeds: { effects }, demand }: { readonly deeds: Deeds; readonly demand: Demand },
): void {
  const lostKeys = new Set(lost.map(keyOf))
  for (const reservation of named) {
    const isLost = lostKeys.has(keyOf(reservation))
    const wasSo = effects.some(({ before }) => isCurrent(before, reservation) !== isLost)
    demand(wasSo, `${keyOf(reservation)} was ${isLost ? 'current' : 'lost'}, and answered as the reverse`)
  }
}

function demandReserved(
  named: readonly Reservation[],
  answer: readonly ClaimedJob[],
  { deeds: { effects }, demand }: { readonly deeds: Deeds; readonly demand: Demand },
): void {
  const [first] = effects
  const current = first ? named.filter((reservation) => isCurrent(first.before, reservation)) : []
  demand(keysOf(answer) === keysOf(current), `reserved are ${keysOf(current)}, answered ${keysOf(answer)}`)
}

function slotsTaken({ changes }: Deeds): readonly number[] {
  return changes.filter((change) => change.kind === 'slot passed').map(({ row }) => row.slot)
}

function isCurrent(snapshot: Snapshot, { id, attempts }: Reservation): boolean {
  const row: JobRow | undefined = snapshot.jobs.get(id)
  return row?.attempts === attempts && row.reserved_at !== null
}

function keysOf(reservations: readonly Reservation[]): string {
  return reservations.map(keyOf).sort().join(' ')
}
