import type { SqlValue } from '../../connection.ts'
import type { Dialect, Driver } from '../../drivers/driver.ts'
import { checkSlotTexts, type SlotRequest, type WorkerSlot, type WorkerSlots } from '../../worker-slots.ts'

/**
 * Slots as rows. Each statement is guarded by what was seen before it, so that none needs a transaction: a row that is there
 * stays as it is, and a slot passes only from the owner and the lease that were looked at.
 */
export class SlotTable implements WorkerSlots {
  readonly #driver: Driver

  constructor(driver: Driver) {
    this.#driver = driver
  }

  async take(request: SlotRequest): Promise<number | undefined> {
    checkSlotTexts(request)
    const dialect = await this.#driver.dialect()
    const rows = await this.#look(request, dialect)
    for (let slot = 0; slot < request.limit; slot += 1) {
      const seen = rows.get(slot) ?? (await this.#add(request.name, slot, dialect))
      const isTaken = isFree(seen, request) && (await this.#pass(seen, { ...request, slot }, dialect))
      if (isTaken) return slot
    }
    return undefined
  }

  async renew({ name, slot, owner }: WorkerSlot, leaseSeconds: number, nextOwner = owner): Promise<boolean> {
    checkSlotTexts({ name, owner: nextOwner })
    const { nowUnixSeconds } = await this.#driver.dialect()
    const { changes } = await this.#driver.query(
      `update queue_slots set owner = ?, expires_at = ${nowUnixSeconds} + ? where name = ? and slot = ? and owner = ?`,
      [nextOwner, leaseSeconds, name, slot, owner],
    )
    return changes === 1
  }

  async free({ name, slot, owner }: WorkerSlot): Promise<void> {
    await this.#driver.query('delete from queue_slots where name = ? and slot = ? and owner = ?', [name, slot, owner])
  }

  async #look({ name, limit }: SlotRequest, { nowUnixSeconds: now }: Dialect): Promise<ReadonlyMap<number, SeenSlot>> {
    const { rows } = await this.#driver.query(
      `select slot, owner, expires_at, case when expires_at <= ${now} then 1 else 0 end as is_over
       from queue_slots
       where name = ? and slot < ?`,
      [name, limit],
    )
    return new Map(
      rows.map((row) => [
        Number(row.slot),
        { owner: String(row.owner), expiresAt: String(row.expires_at), isOver: Number(row.is_over) === 1 },
      ]),
    )
  }

  /** A row that is nobody's. When another made one meanwhile, that one stays. */
  async #add(name: string, slot: number, { keepSlot }: Dialect): Promise<SeenSlot> {
    await this.#driver.query(
      `insert into queue_slots (name, slot, owner, expires_at) values (?, ?, '', 0) ${keepSlot}`,
      [name, slot],
    )
    return { owner: '', expiresAt: '0', isOver: true }
  }

  /** The update decides: of two who saw the same, one changes it. */
  async #pass(
    { owner, expiresAt }: SeenSlot,
    request: SlotRequest & WorkerSlot,
    { nowUnixSeconds }: Dialect,
  ): Promise<boolean> {
    const parameters: readonly SqlValue[] = [request.owner, request.leaseSeconds, request.name, request.slot]
    const { changes } = await this.#driver.query(
      `update queue_slots
       set owner = ?, expires_at = ${nowUnixSeconds} + ?
       where name = ? and slot = ? and owner = ? and expires_at = ?`,
      [...parameters, owner, expiresAt],
    )
    return changes === 1
  }
}

interface SeenSlot {
  /** Empty for nobody. */
  readonly owner: string
  /** Unix seconds, as the database writes them. */
  readonly expiresAt: string
  readonly isOver: boolean
}

function isFree({ owner, isOver }: SeenSlot, { isDead, isAtWork }: SlotRequest): boolean {
  return isOver ? !isAtWork(owner) : isDead(owner)
}
