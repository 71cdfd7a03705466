import { createHash, randomUUID } from 'node:crypto'
import type { WorkerSlot, WorkerSlots } from '../worker-slots.ts'
import { identityOf, isAlive, isDead } from './process-identity.ts'

export interface SlotWish {
  /** Of the workers that are counted together. */
  readonly name: string
  readonly count: number
}

const leaseSeconds = 30
const renewalMs = 10_000
/** After a try without an answer. */
const retryMs = 1_000
const longestName = 191

/** Workers of the same name that work the same queues are counted together. A long name is told apart by its digest. */
export function slotName(workerName: string, queues: readonly string[]): string {
  const name = `${workerName}:${queues.join(',')}`
  return name.length <= longestName ? name : `sha256:${createHash('sha256').update(name).digest('hex')}`
}

/** As many slots as are free, up to `count`, which is also the bound on how many there are. */
export async function takeSlots(slots: WorkerSlots, { name, count }: SlotWish): Promise<readonly SlotLease[]> {
  const leases: SlotLease[] = []
  try {
    while (leases.length < count) {
      const owner = ownerText(randomUUID())
      const slot = await slots.take({ name, limit: count, owner, leaseSeconds, isDead: isOwnerDead, isAtWork })
      if (slot === undefined) break
      leases.push(new SlotLease(slots, { name, slot, owner }))
    }
    return leases
  } catch (error) {
    await Promise.all(leases.map((lease) => lease.free()))
    throw error
  }
}

/** One slot, kept as long as this process lives, or the runner that it is held for. */
export class SlotLease {
  /** Another has the slot: it was not renewed in time. */
  onLost: (() => void) | undefined
  readonly #slots: WorkerSlots
  readonly #place: Omit<WorkerSlot, 'owner'>
  /** Oldest first. The slot is one of these owners': a write without an answer may have come about, now or later. */
  #owners: readonly string[]
  #wantedOwner: string
  #timer: NodeJS.Timeout | undefined
  #work: Promise<unknown> = Promise.resolve()
  #isOver = false

  constructor(slots: WorkerSlots, { owner, ...place }: WorkerSlot) {
    this.#slots = slots
    this.#place = place
    this.#owners = [owner]
    this.#wantedOwner = owner
    this.#renewIn(renewalMs)
  }

  /** A runner outlives a parent that is killed for as long as its job takes: until then the slot is not free. */
  holdFor(runner: string): void {
    const [random = ''] = this.#wantedOwner.split(' ')
    this.#wantedOwner = ownerText(random, runner)
    this.#renew()
  }

  /** Safe to call again. */
  async free(): Promise<void> {
    if (this.#isOver) return
    this.#end()
    await this.#work
    for (const owner of this.#owners) await this.#slots.free({ ...this.#place, owner }).catch(() => undefined)
  }

  #renewIn(ms: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#renew(), ms)
  }

  /** One after the other, so that an older owner never follows a newer one. */
  #renew(): void {
    this.#work = this.#work.then(() => this.#renewNow())
  }

  async #renewNow(): Promise<void> {
    if (this.#isOver) return
    const isOurs = await this.#tryToRenew(this.#wantedOwner)
    if (this.#isOver) return
    if (isOurs === false) return this.#lose()
    // A database that is away gives the slot to nobody else; one that is there again says whose it is.
    this.#renewIn(isOurs ? renewalMs : retryMs)
  }

  /** Undefined without an answer. */
  async #tryToRenew(wanted: string): Promise<boolean | undefined> {
    const before = this.#owners
    if (!before.includes(wanted)) this.#owners = [...before, wanted]
    try {
      // Owners follow each other in this order, so that a write which comes about late is not missed.
      for (const owner of this.#owners) {
        if (!(await this.#slots.renew({ ...this.#place, owner }, leaseSeconds, wanted))) continue
        this.#owners = [wanted]
        return true
      }
      return false
    } catch {
      return undefined
    }
  }

  #lose(): void {
    this.#end()
    this.onLost?.()
    this.onLost = undefined
  }

  #end(): void {
    this.#isOver = true
    clearTimeout(this.#timer)
  }
}

/** A random text that makes it unlike any other, this process, and the runner that the slot is held for. */
function ownerText(random: string, runner?: string): string {
  return [random, identityOf(process.pid), ...(runner === undefined ? [] : [runner])].join(' ')
}

function isOwnerDead(owner: string): boolean {
  const [, ...processes] = owner.split(' ')
  return processes.length > 0 && processes.every(isDead)
}

/** A runner without a parent, at its last jobs. */
function isAtWork(owner: string): boolean {
  const [, , runner] = owner.split(' ')
  return runner !== undefined && isAlive(runner)
}
