import { hash } from 'node:crypto'
import { type RawBuilder, sql } from 'kysely'
import type { PriceLabel } from '../catalog/price-strategy.ts'
import type { CopyRules } from '../copy/plan.ts'
import type { CatalogueSource } from '../copy/source-page.ts'
import type { CentralDatabase } from '../database/open-central.ts'
import { digestRows } from './row-digest.ts'

/**
 * What a distributor's catalogue is at this moment, as far as a copy reads it, in one statement: active products, the prices
 * among which theirs are found, principal images, categories, taxes, brands and units. Two equal revisions are the same
 * catalogue. It is computed and not counted, because the original application, and people with a SQL prompt, write these
 * tables too: edits in place and deleted rows move it, whether or not they move `updated_at`.
 *
 * Taxes, brands and units are read for all distributors, as the copy reads them: a change of another's makes one copy whole.
 */
export function readCatalogueRevision(
  central: CentralDatabase,
  { distributorId, baseLabel }: CatalogueSource,
): Promise<string> {
  return digestRows(central, [
    { from: sql`from inv_items item where ${activeItems(distributorId)}`, columns: itemColumns },
    { from: pricesOf(distributorId, baseLabel), columns: priceColumns },
    { from: imagesOf(distributorId), columns: ['image.id', 'image."itemId"', 'image.img_path'] },
    {
      from: sql`from inv_categories where tenant_id = ${distributorId} and deleted_at is null`,
      columns: ['id', 'name'],
    },
    { from: sql`from cnf_taxes`, columns: ['id', 'name', 'percentage'] },
    { from: sql`from inv_item_brand where deleted_at is null`, columns: ['id', 'name'] },
    { from: sql`from inv_unit_measurements where deleted_at is null`, columns: ['id', 'description'] },
  ])
}

const itemColumns = [
  ...['item.id', 'item.sku', 'item.name', 'item."categoryId"', 'item."taxId"', 'item."brandId"'],
  ...['item.consumption_unit', 'item.type', 'item.generic', 'item.inventoriable', 'item.updated_at'],
] as const

/** The latest counts, by date, change and id: all three are part of it. */
const priceColumns = ['price.id', 'price."itemId"', 'price."values"', 'price.type', 'price.date', 'price.updated_at']

function activeItems(distributorId: string): RawBuilder<unknown> {
  return sql`item.tenant_id = ${distributorId} and item.status = 1 and item.deleted_at is null`
}

function pricesOf(distributorId: string, label: PriceLabel): RawBuilder<unknown> {
  return sql`
    from inv_items item
    join inv_values price on price."itemId" = item.id
    where ${activeItems(distributorId)}
      and price.label = ${label}
      and (price."warehouseId" is null or price."warehouseId" = 0)
      and price.deleted_at is null`
}

function imagesOf(distributorId: string): RawBuilder<unknown> {
  return sql`
    from inv_items item
    join inv_image_gallery image on image."itemId" = item.id
    where ${activeItems(distributorId)}
      and image.type = 'PRINCIPAL'
      and image.deleted_at is null`
}

/**
 * Grows with each release that makes another row of the same product, the same rules and the same store: what was copied
 * before is looked at again then.
 */
const planVersion = 1

/** Of the rules by which a distributor's products are copied. */
export function rulesRevision(rules: CopyRules): string {
  return hash('sha256', JSON.stringify([planVersion, rules]), 'hex').slice(0, 32)
}
