import { sql } from 'kysely'
import type { CentralDatabase } from '../database/open-central.ts'

/** A product of the distributor, active or not, as the oracle reads it. */
export interface ExpectedProduct {
  readonly id: number
  readonly sku: string
  readonly name: string
  readonly isActive: boolean
  readonly categoryId: number | null
  readonly category: string | null
  readonly taxName: string | null
  readonly taxPercentage: number | null
  /** Pesos, with the decimals that the price list has. */
  readonly regularPrice: number | null
  readonly image: string | null
}

const pageSize = 2000

type Row = Omit<ExpectedProduct, 'isActive'> & { readonly isActive: number }

/**
 * The next products of the distributor after `afterId`, in the order of their ids. Window functions pick price and
 * image; the ranges of ids tell the planner to read a part of the index and not all of it.
 */
export async function readExpected(
  central: CentralDatabase,
  { distributorId }: { readonly distributorId: string },
  afterId: number,
): Promise<readonly ExpectedProduct[]> {
  const { rows } = await sql<Row>`
    with page as (
      select *
      from inv_items
      where tenant_id = ${distributorId}
        and id > ${afterId}
      order by id
      limit ${pageSize}
    ),
    prices as (
      select v.itemId, v."values" as amount,
        row_number() over (partition by v.itemId order by v.date desc, v.updated_at desc, v.id desc) as place
      from page
      join inv_values v on v.itemId = page.id
      where v.itemId > ${afterId}
        and v.itemId <= (select max(id) from page)
        and v.label = 'Precio Regular'
        and v.deleted_at is null
        and coalesce(v.warehouseId, 0) = 0
    ),
    images as (
      select g.itemId, g.img_path, row_number() over (partition by g.itemId order by g.id desc) as place
      from page
      join inv_image_gallery g on g.itemId = page.id
      where g.itemId > ${afterId}
        and g.itemId <= (select max(id) from page)
        and g.type = 'PRINCIPAL'
        and g.deleted_at is null
    )
    select page.id, page.sku, page.name,
      (page.status = 1 and page.deleted_at is null) as isActive,
      categories.id as categoryId, categories.name as category,
      taxes.name as taxName, taxes.percentage as taxPercentage, prices.amount as regularPrice, images.img_path as image
    from page
    left join prices on prices.itemId = page.id and prices.place = 1
    left join images on images.itemId = page.id and images.place = 1
    left join inv_categories categories
      on categories.id = page.categoryId
      and categories.deleted_at is null
      and categories.tenant_id = page.tenant_id
    left join cnf_taxes taxes on taxes.id = page.taxId
    order by page.id`.execute(central)
  return rows.map((row) => ({ ...row, isActive: row.isActive === 1 }))
}
