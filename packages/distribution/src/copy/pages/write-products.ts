import type { Transaction } from 'kysely'
import {
  type BulkRows,
  bulkUpsert,
  type EncodedRows,
  type RowEncoder,
  rowEncoder,
  writeEncoded,
} from '../../database/bulk-upsert.ts'
import type { ColumnType } from '../../database/dialect.ts'
import { productKey, type StoreTables } from '../../database/store-tables.ts'
import type { StoreDatabase } from '../../tenancy/store-databases.ts'
import type { PlannedOutcome } from '../plan/outcomes.ts'
import type { KeptField, PlannedProduct } from '../plan/planned-product.ts'
import type { Claim } from './receipt.ts'
import type { StoreReferences } from './store-references.ts'

type Trx = Transaction<StoreTables>
type Column = keyof StoreTables['tat_items'] & string

interface CopiedColumn {
  readonly name: Column
  readonly type: ColumnType
  /** What leaves the column as the store has it. */
  readonly keptBy?: KeptField
  readonly value: (product: PlannedProduct, references: StoreReferences) => string | number | null
}

/** What a copy writes, also over what is there. Stock is the store's own: it begins at 0 and no copy touches it again. */
const copied: readonly CopiedColumn[] = [
  { name: 'sku', type: 'text', keptBy: 'sku', value: ({ sku }) => sku },
  { name: 'name', type: 'text', keptBy: 'name', value: ({ name }) => name },
  { name: 'taxId', type: 'int', keptBy: 'tax', value: ({ tax }, references) => references.taxId(tax) },
  {
    name: 'categoryId',
    type: 'int',
    keptBy: 'category',
    value: ({ category }, references) => references.categoryId(category),
  },
  { name: 'img_path', type: 'text', keptBy: 'image', value: ({ imagePath }) => imagePath },
  { name: 'brand', type: 'text', keptBy: 'brand', value: ({ brand }) => brand },
  { name: 'unit', type: 'text', keptBy: 'unit', value: ({ unit }) => unit },
  { name: 'cost', type: 'bigint', value: ({ cost }) => cost },
  { name: 'price', type: 'bigint', keptBy: 'price', value: ({ price }) => price },
  { name: 'status', type: 'int', keptBy: 'status', value: ({ status }) => status },
  { name: 'price_strategy', type: 'text', keptBy: 'price', value: ({ priceStrategy }) => priceStrategy },
  { name: 'content_hash', type: 'text', value: ({ contentHash }) => contentHash },
  // One that the distributor sells again is no longer discontinued.
  { name: 'source_state', type: 'text', value: () => 'active' },
]

const columns: readonly Column[] = ['item_father_id', 'company_id', 'copied_run_id', ...copied.map(({ name }) => name)]
const types: readonly ColumnType[] = ['int', 'int', 'int', ...copied.map(({ type }) => type)]

export interface ProductWriter {
  readonly claim: Claim
  readonly references: StoreReferences
}

export interface PlannedWrites {
  /** Products that are not there, as far as the plan has seen. */
  readonly inserts: readonly PlannedProduct[]
  readonly updates: readonly PlannedProduct[]
}

export async function writeProducts(
  trx: Trx,
  writer: ProductWriter,
  { inserts, updates }: PlannedWrites,
): Promise<void> {
  const { references } = writer
  await references.ensure(trx, [...inserts, ...updates])
  await bulkUpsert(trx, { ...newProducts, rows: inserts.map((product) => valuesOf(writer, product)) })
  // Those that keep the same fields go in one statement: mostly that is all of them.
  const alike = Map.groupBy(updates, ({ keeps }) => keeps.join())
  for (const group of alike.values()) await bulkUpsert(trx, rowsOf(writer, group, group[0]?.keeps ?? []))
}

/** New products as they are sent, with what was known of their categories and taxes then. */
export interface EncodedInserts {
  readonly rows: EncodedRows
  readonly generation: number
}

/** False when they are to be planned and written anew: the server did not take them, or what was known of references is not so. */
export async function writeInserts(
  trx: Trx,
  { references }: ProductWriter,
  { rows, generation }: EncodedInserts,
): Promise<boolean> {
  return generation === references.generation && (await writeEncoded(trx, rows))
}

/** Encodes new products as they are planned. */
export class InsertEncoder {
  readonly #writer: ProductWriter
  readonly #rows: RowEncoder
  readonly #generation: number

  constructor(db: StoreDatabase, writer: ProductWriter) {
    this.#writer = writer
    this.#rows = rowEncoder(db, newProducts)
    this.#generation = writer.references.generation
  }

  /** False when its category or tax is not known yet, or not any more. */
  add(product: PlannedProduct): boolean {
    const { references } = this.#writer
    if (references.generation !== this.#generation || !references.know(product)) return false
    this.#rows.add(valuesOf(this.#writer, product))
    return true
  }

  finish(): EncodedInserts {
    return { rows: this.#rows.finish(), generation: this.#generation }
  }
}

const ownPrice = "there.price_mode = 'manual'"

const decidedByStore: NonNullable<BulkRows['unless']> = {
  ...Object.fromEntries(
    copied.flatMap(({ name, keptBy }) => {
      if (keptBy === undefined) return []
      // No field's name is part of another's.
      return [[name, { condition: keptBy === 'price' ? ownPrice : `there.locked_fields like '%${keptBy}%'` }]]
    }),
  ),
  // Whoever plans the row as it stands writes the hash of that.
  content_hash: { condition: `${ownPrice} or there.locked_fields <> ''`, becomes: 'null' },
}

/** One may be there after all, brought from elsewhere since this was planned: what its store has decided stays. */
const newProducts: Omit<BulkRows, 'rows'> = { ...bulkOf([]), unless: decidedByStore }

function rowsOf(writer: ProductWriter, products: readonly PlannedProduct[], keeps: readonly KeptField[]): BulkRows {
  return { ...bulkOf(keeps), rows: products.map((product) => valuesOf(writer, product)) }
}

function bulkOf(keeps: readonly KeptField[]): Omit<BulkRows, 'rows'> {
  return {
    table: 'tat_items',
    columns,
    types,
    key: productKey,
    update: copied.flatMap(({ name, keptBy }) => (keptBy !== undefined && keeps.includes(keptBy) ? [] : [name])),
    touch: ['updated_at'],
  }
}

function valuesOf({ claim, references }: ProductWriter, product: PlannedProduct): readonly unknown[] {
  const values: unknown[] = [product.sourceId, claim.companyId, claim.runId]
  for (const { value } of copied) values.push(value(product, references))
  return values
}

export async function writeOutcomes(trx: Trx, { runId }: Claim, outcomes: readonly PlannedOutcome[]): Promise<void> {
  await bulkUpsert(trx, {
    table: 'copy_outcomes',
    columns: ['run_id', 'source_item_id', 'sku', 'outcome', 'reason', 'suggested_price'],
    types: ['int', 'int', 'text', 'text', 'text', 'bigint'],
    rows: outcomes.map(({ sourceId, sku, outcome, reason, suggestedPrice = null }) => [
      ...[runId, sourceId, sku, outcome, reason, suggestedPrice],
    ]),
    key: ['run_id', 'source_item_id', 'reason'],
    update: ['outcome'],
  })
}
