import { sql, type Transaction } from 'kysely'
import { DemandedColumnError } from '../../database/demanded-column-error.ts'
import { lastPossibleId } from '../../database/last-possible-id.ts'
import type { StoreTables } from '../../database/store-tables.ts'
import { isRefusedValue } from '../../tenancy/store-problem.ts'
import type { PlannedProduct } from '../plan/plan.ts'
import { TaxTakenError } from './tax-taken-error.ts'
import { type PlannedWrites, type ProductWriter, writeProducts } from './write-products.ts'

type Trx = Transaction<StoreTables>

/** Why the store's tables do not take a product, by its id. */
export type Refusals = ReadonlyMap<number, unknown>

/** True when the store's tables did not take a value of some product: without it, the others may be taken. */
export function isRefusal(error: unknown): boolean {
  return isRefusedValue(error) || error instanceof TaxTakenError || error instanceof DemandedColumnError
}

/**
 * Writes the products, or nothing of them: then it answers which of them the store's tables do not take, as it finds out by halves.
 * Throws where the tables would take none at all, and where the products are refused together and none is by itself.
 */
export async function writeUnlessRefused(trx: Trx, writer: ProductWriter, writes: PlannedWrites): Promise<Refusals> {
  const refused = new Map<number, unknown>()
  const refusal = await tryToWrite(trx, writer, writes)
  if (refusal === undefined) return refused
  const found = await setSavepoint(trx, 'found')
  if ((await tryToWrite(trx, writer, { inserts: plainOnes(writes), updates: [] })) !== undefined) throw refusal
  await findAmong(trx, writer, { writes, refusal, refused })
  await rollBack(writer, found)
  if (refused.size === 0) throw refusal
  return refused
}

/** One that asks nothing of any column: where it is refused, no product is to blame. */
function plainOnes({ inserts, updates }: PlannedWrites): readonly PlannedProduct[] {
  return [...inserts, ...updates].slice(0, 1).map((product) => ({ ...product, ...plain }))
}

const plain = {
  sourceId: lastPossibleId,
  sku: 'X',
  name: 'X',
  category: { sourceId: 0, name: 'TIENDA' },
  tax: { name: 'X', percentage: 0 },
  imagePath: 'x',
  brand: 'X',
  unit: 'X',
  cost: 1,
  price: 1,
  status: 1,
} as const satisfies Partial<PlannedProduct>

interface Search {
  readonly writes: PlannedWrites
  /** Of these together. */
  readonly refusal: unknown
  readonly refused: Map<number, unknown>
}

async function findAmong(trx: Trx, writer: ProductWriter, { writes, refusal, refused }: Search): Promise<void> {
  const [first, ...others] = [...writes.inserts, ...writes.updates]
  if (first && others.length === 0) {
    refused.set(first.sourceId, refusal)
    return
  }
  for (const half of halvesOf(writes)) {
    const ofHalf = await tryToWrite(trx, writer, half)
    if (ofHalf !== undefined) await findAmong(trx, writer, { writes: half, refusal: ofHalf, refused })
  }
}

function halvesOf({ inserts, updates }: PlannedWrites): readonly PlannedWrites[] {
  if (inserts.length > 0 && updates.length > 0)
    return [
      { inserts, updates: [] },
      { inserts: [], updates },
    ]
  const middle = Math.ceil((inserts.length + updates.length) / 2)
  return [
    { inserts: inserts.slice(0, middle), updates: updates.slice(0, middle) },
    { inserts: inserts.slice(middle), updates: updates.slice(middle) },
  ]
}

/** Answers why the store's tables did not take one of the products; nothing of them is written then. */
async function tryToWrite(trx: Trx, writer: ProductWriter, writes: PlannedWrites): Promise<unknown> {
  const tried = await setSavepoint(trx, 'tried')
  try {
    await writeProducts(trx, writer, writes)
    await tried.release()
    return undefined
  } catch (error) {
    if (!isRefusal(error)) throw error
    await rollBack(writer, tried)
    return error
  }
}

interface Savepoint {
  rollBack(): Promise<void>
  release(): Promise<void>
}

/** Nothing can follow an error on PostgreSQL, unless it is taken back. */
async function setSavepoint(trx: Trx, name: 'found' | 'tried'): Promise<Savepoint> {
  const run = async (words: string) => void (await sql.raw(`${words} ${name}`).execute(trx))
  await run('savepoint')
  const release = () => run('release savepoint')
  return {
    release,
    async rollBack() {
      await run('rollback to savepoint')
      // Else each next one stands within all before.
      await release()
    },
  }
}

/** With what was learnt of references that are gone again. */
async function rollBack({ references }: ProductWriter, savepoint: Savepoint): Promise<void> {
  references.forget()
  await savepoint.rollBack()
}
