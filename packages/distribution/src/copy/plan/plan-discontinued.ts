/**
 * The products of a store that its distributor sells no more, in the order of their ids: the store may sell what it has of
 * them, and cannot order more. `copiedIds` are those in the store that count as active; one that comes back is made active
 * again by the plan of its page.
 */
export function planDiscontinued(copiedIds: Iterable<number>, activeIds: Iterable<number>): readonly number[] {
  const active = new Set(activeIds)
  return [...new Set(copiedIds)].filter((id) => !active.has(id)).toSorted((one, other) => one - other)
}
