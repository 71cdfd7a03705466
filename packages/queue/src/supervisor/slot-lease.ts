import { createHash, randomUUID } from 'node:crypto'
import type { WorkerSlots } from '../worker-slots.ts'
import { identityOf, isDead } from './process-identity.ts'

export interface SlotWish {
  /** Of the workers that are counted together. */
  readonly name: string
  readonly count: number
}

const leaseSeconds = 30
const longestName = 191

/** Workers of the same name that work the same queues are counted together. A long name is told apart by its digest. */
export function slotName(workerName: string, queues: readonly string[]): string {
  const name = `${workerName}:${queues.join(',')}`
  return name.length <= longestName ? name : `sha256:${createHash('sha256').update(name).digest('hex')}`
}

/** As many slots as are free, up to `count`, which is also the bound on how many there are. */
export async function takeSlots(slots: WorkerSlots, { name, count }: SlotWish): Promise<readonly SlotLease[]> {
  const leases: SlotLease[] = []
  while (leases.length < count) {
    const owner = ownerText(identityOf(process.pid))
    const slot = await slots.take({ name, limit: count, owner, leaseSeconds, isDead: isOwnerDead })
    if (slot === undefined) break
    leases.push(new SlotLease(slots, { name, slot, owner }))
  }
  return leases
}

interface HeldSlot {
  readonly name: string
  readonly slot: number
  readonly owner: string
}

/** One slot, kept as long as this process lives, or the runner that it is held for. */
export class SlotLease {
  /** Another has the slot: it was not renewed in time. */
  onLost: (() => void) | undefined
  readonly #slots: WorkerSlots
  readonly #timer: NodeJS.Timeout
  #held: HeldSlot
  #work: Promise<unknown> = Promise.resolve()
  #renewedAt = performance.now()
  #isOver = false

  constructor(slots: WorkerSlots, held: HeldSlot) {
    this.#slots = slots
    this.#held = held
    this.#timer = setInterval(() => this.#renew(), (leaseSeconds * 1000) / 3)
  }

  /** A runner outlives a parent that is killed for as long as its job takes: until then the slot is not free. */
  holdFor(runner: string): void {
    const [random = ''] = this.#held.owner.split(' ')
    this.#renew(ownerText(identityOf(process.pid), runner, random))
  }

  /** Safe to call again. */
  async free(): Promise<void> {
    if (this.#isOver) return
    this.#isOver = true
    clearInterval(this.#timer)
    await this.#work
    await this.#slots.free(this.#held).catch(() => undefined)
  }

  /** One after the other, so that an older owner never follows a newer one. */
  #renew(owner: string = this.#held.owner): void {
    this.#work = this.#work.then(() => this.#renewNow(owner))
  }

  async #renewNow(owner: string): Promise<void> {
    try {
      const isHeld = await this.#slots.renew(this.#held, leaseSeconds, owner)
      if (!isHeld) return this.#lose()
      this.#held = { ...this.#held, owner }
      this.#renewedAt = performance.now()
    } catch {
      // A database that is away gives the slot to nobody else; one that answers others only, after the lease.
      if (performance.now() - this.#renewedAt > leaseSeconds * 1000) this.#lose()
    }
  }

  #lose(): void {
    this.#isOver = true
    clearInterval(this.#timer)
    this.onLost?.()
    this.onLost = undefined
  }
}

/** A random text that makes it unlike any other, and the processes of which one must live. */
function ownerText(parent: string, runner?: string, random: string = randomUUID()): string {
  return [random, parent, ...(runner === undefined ? [] : [runner])].join(' ')
}

function isOwnerDead(owner: string): boolean {
  const [, ...processes] = owner.split(' ')
  return processes.length > 0 && processes.every(isDead)
}
