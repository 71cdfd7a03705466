import type { Transaction } from 'kysely'
import { bulkUpsert, type ColumnType } from '../database/bulk-upsert.ts'
import type { StoreTables } from '../database/store-tables.ts'
import type { PlannedOutcome } from './outcomes.ts'
import type { KeptField, PlannedProduct } from './planned-product.ts'
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

/** Those that keep the same fields go in one statement: mostly that is all of them. */
export async function writeProducts(
  trx: Trx,
  writer: ProductWriter,
  products: readonly PlannedProduct[],
): Promise<void> {
  if (products.length === 0) return
  await writer.references.ensure(trx, products)
  for (const group of Map.groupBy(products, ({ keeps }) => keeps.join()).values()) await writeAlike(trx, writer, group)
}

async function writeAlike(
  trx: Trx,
  { claim, references }: ProductWriter,
  products: readonly PlannedProduct[],
): Promise<void> {
  const { runId, companyId } = claim
  const keeps = products[0]?.keeps ?? []
  await bulkUpsert(trx, {
    table: 'tat_items',
    columns,
    types,
    values: products.flatMap((product) => [
      product.sourceId,
      companyId,
      runId,
      ...copied.map(({ value }) => value(product, references)),
    ]),
    key: ['company_id', 'source_item_id'],
    update: copied.flatMap(({ name, keptBy }) => (keptBy !== undefined && keeps.includes(keptBy) ? [] : [name])),
    touch: ['updated_at'],
  })
}

export async function writeOutcomes(trx: Trx, { runId }: Claim, outcomes: readonly PlannedOutcome[]): Promise<void> {
  if (outcomes.length === 0) return
  const rows = outcomes.map(({ sourceId, sku, outcome, reason, suggestedPrice = null }) => ({
    run_id: runId,
    source_item_id: sourceId,
    sku,
    outcome,
    reason,
    suggested_price: suggestedPrice,
  }))
  await trx.insertInto('copy_outcomes').values(rows).execute()
}
