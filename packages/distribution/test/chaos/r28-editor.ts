import type { Transaction } from 'kysely'
import type { Random } from '../../../queue/test/chaos/harness/random.ts'
import type { CentralTables } from '../../src/database/central-tables.ts'
import type { CentralDatabase } from '../../src/database/open-central.ts'

/** Names that a database may take for the same, and some that only people do. */
const names = ['Café', 'cafe', 'CAFE ', 'Café molido 500 g', 'CAFÉ', 'Ñandú "el bueno"', "Pan d'oro", '咖啡 ☕']

/** As much as a column `text` of MariaDB holds. */
const longText = 'd'.repeat(65_535)
/** So many of a hundred wait to be activated. */
const asleepPercent = 5

/** The people who keep the distributor's catalogue: what they do follows from the seed alone. */
export class Editor {
  readonly #central: CentralDatabase
  readonly #random: Random
  readonly #ids: readonly number[]
  edits = 0

  private constructor(central: CentralDatabase, random: Random, ids: readonly number[]) {
    this.#central = central
    this.#random = random
    this.#ids = ids
  }

  /** The catalogue as it is in the beginning: names that look alike, a long text, products that are not active. */
  static async open(central: CentralDatabase, random: Random): Promise<Editor> {
    const rows = await central.selectFrom('inv_items').select('id').orderBy('id').execute()
    const ids = rows.map(({ id }) => id)
    const asleep = ids.filter(() => random.chance(asleepPercent))
    await central.transaction().execute(async (trx) => {
      for (const [index, name] of names.entries()) await set(ids[index] ?? 0, { name })(trx)
      await set(ids[names.length] ?? 0, { description: longText })(trx)
      await trx.updateTable('inv_items').set({ status: 0 }).where('id', 'in', asleep).execute()
    })
    return new Editor(central, random, ids)
  }

  /** Some changes, each at once on disk. */
  async edit(count: number): Promise<void> {
    for (let index = 0; index < count; index += 1) {
      const change = this.#change(this.#random.pick(this.#ids))
      // On a file, only a transaction waits for its turn.
      await this.#central.transaction().execute(change)
      this.edits += 1
    }
  }

  #change(id: number): Change {
    const kinds = ['price', 'price', 'name', 'activate', 'deactivate', 'drop'] as const
    const kind = this.#random.pick(kinds)
    if (kind === 'price') return pricedAt(id, this.#random.whole(50, 9_000_000))
    if (kind === 'name') return set(id, { name: `${this.#random.pick(names)} ${this.#random.whole(1, 1_000)}` })
    return kind === 'drop' ? withoutLatestPrice(id) : set(id, { status: kind === 'activate' ? 1 : 0 })
  }
}

type Change = (trx: Transaction<CentralTables>) => Promise<void>

interface ItemValues {
  readonly name?: string
  readonly description?: string
  readonly status?: number
}

function set(id: number, values: ItemValues): Change {
  return async (trx) => void (await trx.updateTable('inv_items').set(values).where('id', '=', id).execute())
}

function pricedAt(id: number, pesos: number): Change {
  const price = { values: pesos, itemId: id, type: 'precio', label: 'Precio Regular' } as const
  return async (trx) => void (await trx.insertInto('inv_values').values(price).execute())
}

/** Deleted for good: an older one counts again, or none. */
function withoutLatestPrice(id: number): Change {
  return async (trx) => {
    const prices = trx.selectFrom('inv_values').select('id').where('itemId', '=', id)
    const latest = await prices.orderBy('id', 'desc').limit(1).executeTakeFirst()
    if (latest) await trx.deleteFrom('inv_values').where('id', '=', latest.id).execute()
  }
}
