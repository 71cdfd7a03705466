import { type Insertable, sql } from 'kysely'
import type { CentralTables } from '../../src/database/central-tables.ts'
import type { CentralDatabase } from '../../src/database/open-central.ts'
import { upsert } from '../../src/database/sql.ts'
import type { StoreDatabase } from '../../src/tenancy/store-databases.ts'
import { type Catalogue, type CatalogueName, type CatalogueProduct, catalogueTaxes } from './arbitrary-catalogues.ts'
import type { StoreEdit } from './store-model.ts'

export interface Distributors {
  readonly own: string
  readonly foreign: string
}

const deletedAt = (isDeleted: boolean) => (isDeleted ? '2026-01-01 00:00:00' : null)

/** Makes the catalogue the only one there is; products have the ids 1, 2, 3 … */
export async function writeCatalogue(
  central: CentralDatabase,
  { own, foreign }: Distributors,
  { categories, brands, units, products, rules }: Catalogue,
): Promise<void> {
  await central.transaction().execute(async (trx) => {
    for (const table of replaced) await sql`delete from ${sql.table(table)}`.execute(trx)
    const copy_rules = rules && JSON.stringify(rules)
    await trx.updateTable('tenants').set({ copy_rules }).where('id', '=', own).execute()
    const ownerOf = ({ isForeign = false }: { readonly isForeign?: boolean }) => (isForeign ? foreign : own)
    await insertAll(trx, 'cnf_taxes', catalogueTaxes)
    await insertAll(trx, 'inv_categories', categories.map(named(ownerOf)))
    await insertAll(trx, 'inv_item_brand', brands.map(named(ownerOf)))
    await insertAll(
      trx,
      'inv_unit_measurements',
      units.map(named(ownerOf)).map(({ name, ...unit }) => ({ ...unit, description: name })),
    )
    await insertAll(
      trx,
      'inv_items',
      products.map((product, index) => ({ ...itemOf(product), id: index + 1, tenant_id: ownerOf(product) })),
    )
    await insertAll(
      trx,
      'inv_values',
      products.flatMap(({ prices }, index) => prices.map(ofItem(index + 1))),
    )
    await insertAll(
      trx,
      'inv_image_gallery',
      products.flatMap(({ images }, index) => images.map(ofItem(index + 1))),
    )
  })
}

/** Those that refer to others come first. */
const replaced = [
  'inv_values',
  'inv_image_gallery',
  'inv_items',
  'inv_categories',
  'inv_item_brand',
  'inv_unit_measurements',
  'cnf_taxes',
]

async function insertAll<Table extends keyof CentralTables & string>(
  trx: CentralDatabase,
  table: Table,
  rows: readonly Insertable<CentralTables[Table]>[],
): Promise<void> {
  await upsert(trx, table, { rows, key: ['id' as never], update: [] })
}

function named(ownerOf: (row: { readonly isForeign?: boolean }) => string) {
  return ({ name, isDeleted, ...row }: CatalogueName & { readonly isForeign?: boolean }, index: number) => ({
    id: index + 1,
    name,
    tenant_id: ownerOf(row),
    deleted_at: deletedAt(isDeleted),
  })
}

function itemOf({ prices, images, isDeleted, isForeign, category, brand, unit, tax, ...product }: CatalogueProduct) {
  return {
    ...product,
    internal_code: null,
    categoryId: category || null,
    brandId: brand || null,
    consumption_unit: unit || null,
    taxId: tax || null,
    deleted_at: deletedAt(isDeleted),
  }
}

function ofItem(itemId: number) {
  return <Row extends { readonly isDeleted: boolean }>({ isDeleted, ...row }: Row) => ({
    ...row,
    itemId,
    deleted_at: deletedAt(isDeleted),
  })
}

/** What a person in the store does to a copied product; nothing where the product is not there. */
export async function editProduct(store: StoreDatabase, sourceId: number, edit: StoreEdit): Promise<void> {
  const row = await store
    .selectFrom('tat_items')
    .select('locked_fields')
    .where('item_father_id', '=', sourceId)
    .executeTakeFirst()
  if (!row) return
  const locked = row.locked_fields.split(',').filter((field) => field !== '')
  await store.updateTable('tat_items').set(changeOf(edit, locked)).where('item_father_id', '=', sourceId).execute()
}

function changeOf(edit: StoreEdit, locked: readonly string[]) {
  switch (edit.kind) {
    case 'setPrice':
      return { price: edit.price, price_mode: 'manual', status: Number(edit.price > 0) } as const
    case 'followPrice':
      return { price_mode: 'auto', content_hash: null } as const
    case 'hide':
      return { hidden_at: '2026-01-01 00:00:00' }
    case 'show':
      return { hidden_at: null }
    case 'delete':
      return { deleted_at: '2026-01-01 00:00:00' }
    case 'restore':
      return { deleted_at: null }
    case 'discontinue':
      return { source_state: 'discontinued' } as const
    case 'lock':
      return { ...ownValue(edit.field, edit.text), locked_fields: [...locked, edit.field].join() }
    case 'unlock':
      return { locked_fields: locked.filter((each) => each !== edit.field).join(), content_hash: null }
  }
}

function ownValue(field: string, text: string) {
  if (field === 'category') return { categoryId: null }
  if (field === 'tax') return { taxId: null }
  if (field === 'status') return { status: 0 }
  return field === 'image' ? { img_path: text } : { [field]: text }
}
