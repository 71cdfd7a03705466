import type { Clock } from '../clock.ts'
import { checkSlotTexts, type SlotRequest, type WorkerSlot, type WorkerSlots } from '../worker-slots.ts'

/** The slots of a queue that is in the memory of one process. */
export class MemorySlots implements WorkerSlots {
  readonly #clock: Clock
  readonly #slots = new Map<string, LeasedSlot>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  async take(request: SlotRequest): Promise<number | undefined> {
    checkSlotTexts(request)
    const { name, owner, limit, leaseSeconds } = request
    for (let slot = 0; slot < limit; slot += 1) {
      const held = this.#slots.get(keyOf(name, slot))
      if (held && !this.#isFree(held, request)) continue
      this.#slots.set(keyOf(name, slot), { owner, until: this.#clock.now() + leaseSeconds })
      return slot
    }
    return undefined
  }

  async renew({ name, slot, owner }: WorkerSlot, leaseSeconds: number, nextOwner = owner): Promise<boolean> {
    checkSlotTexts({ name, owner: nextOwner })
    if (!this.#isHeld({ name, slot, owner })) return false
    this.#slots.set(keyOf(name, slot), { owner: nextOwner, until: this.#clock.now() + leaseSeconds })
    return true
  }

  async free(slot: WorkerSlot): Promise<void> {
    if (this.#isHeld(slot)) this.#slots.delete(keyOf(slot.name, slot.slot))
  }

  #isFree({ owner, until }: LeasedSlot, { isDead, isAtWork }: SlotRequest): boolean {
    return until > this.#clock.now() ? isDead(owner) : !isAtWork(owner)
  }

  #isHeld({ name, slot, owner }: WorkerSlot): boolean {
    return this.#slots.get(keyOf(name, slot))?.owner === owner
  }
}

interface LeasedSlot {
  readonly owner: string
  readonly until: number
}

function keyOf(name: string, slot: number): string {
  return `${slot}/${name}`
}
