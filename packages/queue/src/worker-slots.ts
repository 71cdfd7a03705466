import { InvalidOptionError } from './errors.ts'

/**
 * A bound on how many workers of a name are alive, over all hosts: each holds one of `limit` numbered slots on a lease that
 * it renews. Leases end by the database's clock.
 */
export interface WorkerSlots {
  /**
   * Takes the lowest slot that nobody holds, whose lease is over while its owner is not at work, or whose owner is dead, and
   * answers its number; undefined when there is none. Two who take at once never get the same. When no answer came, the slot may be taken all the same:
   * whoever holds none can say so the next time, in `isDead`.
   */
  take(request: SlotRequest): Promise<number | undefined>
  /** From now on for so many seconds, and from now on `nextOwner`'s; false when the slot is another's. */
  renew(slot: WorkerSlot, leaseSeconds: number, nextOwner?: string): Promise<boolean>
  /** Leaves a slot alone that is another's. */
  free(slot: WorkerSlot): Promise<void>
}

export interface WorkerSlot {
  /** At most 191 UTF-16 units; capitals and accents count. */
  readonly name: string
  /** From 0. */
  readonly slot: number
  /** At most 255 UTF-16 units; known to nobody else. */
  readonly owner: string
}

export interface SlotRequest extends Omit<WorkerSlot, 'slot'> {
  /** How many slots there are. */
  readonly limit: number
  readonly leaseSeconds: number
  /** Asked of those who hold a slot: true when it is known that they renew no more, as of a process of this host. */
  readonly isDead: (owner: string) => boolean
  /** Asked of those whose lease is over: true when it is known that they work on, without a parent that could renew it. */
  readonly isAtWork: (owner: string) => boolean
}

const maxNameUnits = 191
const maxOwnerUnits = 255

/** A text that is cut off would be that of somebody else. Throws `InvalidOptionError`. */
export function checkSlotTexts({ name, owner }: Pick<WorkerSlot, 'name' | 'owner'>): void {
  if (name.length > maxNameUnits) throw new InvalidOptionError('name', name, `at most ${maxNameUnits} characters`)
  if (owner === '' || owner.length > maxOwnerUnits)
    throw new InvalidOptionError('owner', owner, `1 to ${maxOwnerUnits} characters`)
}
