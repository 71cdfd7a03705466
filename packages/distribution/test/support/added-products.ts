import type { CentralDatabase } from '../../src/database/open-central.ts'
import { upsert } from '../../src/database/sql.ts'

const rowsAtOnce = 1000

/** Active products with category, tax and price, every second one with an image. */
export async function addProducts(
  central: CentralDatabase,
  distributorId: string,
  { first, last }: { readonly first: number; readonly last: number },
): Promise<void> {
  await central.transaction().execute(async (trx) => {
    const asTheyAre = { key: ['id'], update: [] } as const
    const taxes = [19, 5].map((percentage, index) => ({ id: index + 1, name: `IVA ${percentage}`, percentage }))
    await upsert(trx, 'cnf_taxes', { ...asTheyAre, rows: taxes })
    const categories = ['Granos', 'Lácteos', 'Aseo'].map((name, index) => ({
      id: index + 1,
      tenant_id: distributorId,
      name,
    }))
    await upsert(trx, 'inv_categories', { ...asTheyAre, rows: categories })
    for (let next = first; next <= last; next += rowsAtOnce)
      await addSome(trx, distributorId, numbersFrom(next, Math.min(last, next + rowsAtOnce - 1)))
  })
}

function numbersFrom(first: number, last: number): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}

async function addSome(central: CentralDatabase, distributorId: string, numbers: readonly number[]): Promise<void> {
  const skus = numbers.map((number) => `SKU-${number}`)
  const items = numbers.map((number) => ({
    tenant_id: distributorId,
    categoryId: (number % 3) + 1,
    name: `Producto ${number}`,
    sku: `SKU-${number}`,
    taxId: (number % 2) + 1,
  }))
  await central.insertInto('inv_items').values(items).execute()
  const own = central.selectFrom('inv_items').select('id').where('tenant_id', '=', distributorId)
  const rows = await own.where('sku', 'in', skus).orderBy('id').execute()
  const prices = rows.map(({ id }) => ({ values: 1000 + id * 10, itemId: id, ...regularPrice }))
  await central.insertInto('inv_values').values(prices).execute()
  const images = rows
    .filter(({ id }) => id % 2 === 0)
    .map(({ id }) => ({ itemId: id, img_path: `products/${id}.webp`, type: 'PRINCIPAL' as const }))
  if (images.length > 0) await central.insertInto('inv_image_gallery').values(images).execute()
}

const regularPrice = { type: 'precio', label: 'Precio Regular' } as const
