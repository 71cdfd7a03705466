import type { Insertable } from 'kysely'
import type { CentralTables } from '../database/central-tables.ts'
import type { CentralDatabase } from '../database/open-central.ts'
import { now, readClock, upsert } from '../database/sql.ts'
import { ensureReferences } from './catalog-references.ts'
import {
  type ImportPlan,
  type PlannedImage,
  type PlannedPrice,
  type PlannedProduct,
  planImport,
} from './import-plan.ts'
import type { PriceListLine } from './price-list-cells.ts'
import { findStoredProducts, type StoredProducts } from './stored-products.ts'

export interface ChunkResult {
  readonly plan: ImportPlan
  /** Lines of products that somebody deleted; they stay deleted. */
  readonly deleted: readonly PriceListLine[]
}

/** Imports up to 1,000 lines in a bounded number of statements. Belongs in a transaction. */
export async function importChunk(
  db: CentralDatabase,
  distributorId: string,
  lines: readonly PriceListLine[],
): Promise<ChunkResult> {
  const stored = await findStoredProducts(db, distributorId, skusOf(lines))
  const { deleted = [], living = [] } = Object.groupBy(lines, (line) =>
    stored.get(line.sku)?.isDeleted ? 'deleted' : 'living',
  )
  const references = await ensureReferences(db, distributorId, living)
  const plan = planImport({ lines: living, stored, references, now: await readClock(db) })
  await write(db, { distributorId, plan, stored })
  return { plan, deleted }
}

interface Writing {
  readonly distributorId: string
  readonly plan: ImportPlan
  readonly stored: StoredProducts
}

async function write(db: CentralDatabase, { distributorId, plan, stored }: Writing): Promise<void> {
  await saveProducts(db, { distributorId, plan, stored })
  const skus = skusOf([...plan.prices, ...plan.images])
  const ids = new Map([
    ...(await readIds(db, distributorId, skus)),
    ...[...stored].map(([sku, { id }]) => [sku, id] as const),
  ])
  await addPrices(db, plan.prices, ids)
  await replaceImages(db, plan.images, ids)
}

function skusOf(rows: readonly { readonly sku: string }[]): readonly string[] {
  return [...new Set(rows.map((row) => row.sku))]
}

async function saveProducts(db: CentralDatabase, { distributorId, plan, stored }: Writing): Promise<void> {
  const row = (product: PlannedProduct) => itemRow(distributorId, product)
  await upsert(db, 'inv_items', { ...changing, rows: plan.inserts.map(row), key: ['tenant_id', 'sku'] })
  // By their ids: in tables of the original application a SKU is no key.
  const rows = plan.updates.map((product) => ({ id: stored.get(product.sku)?.id, ...row(product) }))
  await upsert(db, 'inv_items', { ...changing, rows, key: ['id'] })
}

const changing = {
  update: ['name', 'categoryId', 'taxId', 'brandId', 'consumption_unit', 'status'],
  touch: ['updated_at'],
} as const

function itemRow(tenantId: string, { unitId, ...product }: PlannedProduct): Insertable<CentralTables['inv_items']> {
  return { tenant_id: tenantId, ...product, consumption_unit: unitId }
}

type Ids = ReadonlyMap<string, number>

async function readIds(db: CentralDatabase, tenantId: string, skus: readonly string[]): Promise<Ids> {
  if (skus.length === 0) return new Map()
  const rows = await db
    .selectFrom('inv_items')
    .select(['id', 'sku'])
    .where('tenant_id', '=', tenantId)
    .where('sku', 'in', skus)
    .execute()
  return new Map(rows.map((row) => [row.sku, row.id]))
}

/** A new price is a new row; the history stays. */
async function addPrices(db: CentralDatabase, prices: readonly PlannedPrice[], ids: Ids): Promise<void> {
  if (prices.length === 0) return
  await db
    .insertInto('inv_values')
    .values(
      prices.map((price) => ({
        date: price.date,
        updated_at: price.updatedAt,
        values: price.pesos,
        type: 'precio' as const,
        itemId: idOf(ids, price.sku),
        label: 'Precio Regular' as const,
      })),
    )
    .execute()
}

/** The former principal image stays as a deleted row. */
async function replaceImages(db: CentralDatabase, images: readonly PlannedImage[], ids: Ids): Promise<void> {
  if (images.length === 0) return
  const rows = images.map((image) => ({
    itemId: idOf(ids, image.sku),
    img_path: image.path,
    type: 'PRINCIPAL' as const,
  }))
  await db
    .updateTable('inv_image_gallery')
    .set({ deleted_at: now, updated_at: now })
    .where('type', '=', 'PRINCIPAL')
    .where('deleted_at', 'is', null)
    .where(
      'itemId',
      'in',
      rows.map((row) => row.itemId),
    )
    .execute()
  await db.insertInto('inv_image_gallery').values(rows).execute()
}

function idOf(ids: Ids, sku: string): number {
  const id = ids.get(sku)
  if (id === undefined) throw new Error(`The product ${sku} was not stored.`)
  return id
}
