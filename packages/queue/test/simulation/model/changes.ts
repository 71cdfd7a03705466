import type { Effect } from '../world/simulated-database.ts'
import type { BatchRow, FailedRow, JobRow, LockRow, SlotRow } from '../world/snapshot.ts'

/** What happened to one row. */
export type Change =
  | { readonly kind: 'pushed'; readonly row: JobRow }
  | JobChange<'claimed'>
  | JobChange<'renewed'>
  | JobChange<'released'>
  | JobChange<'unclaimed'>
  /** The clock, which was set back, had left it behind. */
  | JobChange<'due again'>
  /** Something that no verb does. */
  | JobChange<'altered'>
  | { readonly kind: 'removed'; readonly before: JobRow }
  | { readonly kind: 'failed'; readonly row: FailedRow }
  | { readonly kind: 'failure removed'; readonly before: FailedRow }
  | { readonly kind: 'batched'; readonly row: BatchRow }
  | { readonly kind: 'counted'; readonly before: BatchRow; readonly row: BatchRow }
  | { readonly kind: 'batch removed'; readonly before: BatchRow }
  | { readonly kind: 'locked'; readonly before: LockRow | undefined; readonly row: LockRow }
  | { readonly kind: 'unlocked'; readonly before: LockRow }
  | { readonly kind: 'forgiven'; readonly id: string; readonly times: number }
  | { readonly kind: 'suspected'; readonly id: string; readonly times: number }
  | { readonly kind: 'forgotten'; readonly id: string }
  | { readonly kind: 'slot made'; readonly row: SlotRow }
  | { readonly kind: 'slot passed'; readonly before: SlotRow; readonly row: SlotRow }
  | { readonly kind: 'slot freed'; readonly before: SlotRow }

export type ChangeKind = Change['kind']
export type ChangeOf<K extends ChangeKind> = Extract<Change, { readonly kind: K }>

interface JobChange<K extends string> {
  readonly kind: K
  readonly before: JobRow
  readonly row: JobRow
}

export function changesOf({ before, after, now }: Effect): readonly Change[] {
  if (before === after) return []
  return [
    ...each(before.jobs, after.jobs, {
      added: (row): Change => ({ kind: 'pushed', row }),
      removed: (row): Change => ({ kind: 'removed', before: row }),
      changed: (was, row): Change => ({ kind: kindOf(was, row, now), before: was, row }),
    }),
    ...each(before.failed, after.failed, {
      added: (row): Change => ({ kind: 'failed', row }),
      removed: (row): Change => ({ kind: 'failure removed', before: row }),
      changed: (_was, row): Change => ({ kind: 'failed', row }),
    }),
    ...each(before.batches, after.batches, {
      added: (row): Change => ({ kind: 'batched', row }),
      removed: (row): Change => ({ kind: 'batch removed', before: row }),
      changed: (was, row): Change => ({ kind: 'counted', before: was, row }),
    }),
    ...each(before.locks, after.locks, {
      added: (row): Change => ({ kind: 'locked', before: undefined, row }),
      removed: (row): Change => ({ kind: 'unlocked', before: row }),
      changed: (was, row): Change => ({ kind: 'locked', before: was, row }),
    }),
    ...each(before.forgiven, after.forgiven, {
      added: (times, id): Change => ({ kind: 'forgiven', id, times }),
      removed: (_times, id): Change => ({ kind: 'forgotten', id }),
      changed: (_was, times, id): Change => ({ kind: 'forgiven', id, times }),
    }),
    ...each(before.crashes, after.crashes, {
      added: (times, id): Change => ({ kind: 'suspected', id, times }),
      removed: (_times, id): Change => ({ kind: 'forgotten', id }),
      changed: (_was, times, id): Change => ({ kind: 'suspected', id, times }),
    }),
    ...each(before.slots, after.slots, {
      added: (row): Change => ({ kind: 'slot made', row }),
      removed: (row): Change => ({ kind: 'slot freed', before: row }),
      changed: (was, row): Change => ({ kind: 'slot passed', before: was, row }),
    }),
  ]
}

type KindOfJobChange = 'claimed' | 'renewed' | 'released' | 'unclaimed' | 'due again' | 'altered'

function kindOf(before: JobRow, row: JobRow, now: number): KindOfJobChange {
  const { queue, payload, created_at } = row
  const isSame = queue === before.queue && payload === before.payload && created_at === before.created_at
  if (!isSame) return 'altered'
  const counted = row.attempts - before.attempts
  if (row.reserved_at !== null) return kindOfReservation(before, row, now)
  if (before.reserved_at !== null) return kindOfRelease.get(counted) ?? 'altered'
  return counted === 0 && row.available_at === now ? 'due again' : 'altered'
}

function kindOfReservation(before: JobRow, row: JobRow, now: number): KindOfJobChange {
  if (row.reserved_at !== now) return 'altered'
  if (row.attempts === before.attempts + 1) return 'claimed'
  const isAsBefore = row.attempts === before.attempts && row.available_at === before.available_at
  return isAsBefore && before.reserved_at !== null ? 'renewed' : 'altered'
}

/** By what became of the attempts. */
const kindOfRelease: ReadonlyMap<number, KindOfJobChange> = new Map([
  [0, 'released'],
  [-1, 'unclaimed'],
])

interface Named<T> {
  readonly added: (row: T, key: string) => Change
  readonly removed: (row: T, key: string) => Change
  readonly changed: (before: T, row: T, key: string) => Change
}

function each<T>(before: ReadonlyMap<string, T>, after: ReadonlyMap<string, T>, named: Named<T>): readonly Change[] {
  const changes: Change[] = []
  for (const [key, was] of before) {
    const row = after.get(key)
    if (row === undefined) changes.push(named.removed(was, key))
    else if (JSON.stringify(row) !== JSON.stringify(was)) changes.push(named.changed(was, row, key))
  }
  for (const [key, row] of after) if (!before.has(key)) changes.push(named.added(row, key))
  return changes
}
