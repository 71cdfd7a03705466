import { UsageError } from '@surtidor/queue/commands'
import type { CentralDatabase } from '../database/open-central.ts'
import { ApplicationError } from '../errors.ts'
import type { DeliveredLine } from './restock.ts'

/**
 * Lines of a delivery as they are typed, `SKU=quantity` with the distributor's SKU: the store may have given its copy another.
 * One line for each product. Throws `UnknownSourceSkuError`.
 */
export async function readDeliveredLines(
  central: CentralDatabase,
  companyId: number,
  words: readonly string[],
): Promise<readonly DeliveredLine[]> {
  const quantities = new Map<string, number>()
  for (const { sku, quantity } of words.map(parseLine)) quantities.set(sku, (quantities.get(sku) ?? 0) + quantity)
  const rows = await central
    .selectFrom('inv_items as item')
    .innerJoin('vnt_companies as company', 'company.tenant_id', 'item.tenant_id')
    .select(['item.id', 'item.sku'])
    .where('company.id', '=', companyId)
    .where('item.sku', 'in', [...quantities.keys()])
    .execute()
  const ids = new Map(rows.map(({ id, sku }) => [sku, id]))
  return [...quantities].map(([sku, quantity]) => {
    const itemId = ids.get(sku)
    if (itemId === undefined) throw new UnknownSourceSkuError(sku)
    return { itemId, quantity }
  })
}

function parseLine(word: string): { readonly sku: string; readonly quantity: number } {
  const [, sku, quantity] = /^(.+)=(\d+(?:\.\d+)?)$/.exec(word) ?? []
  if (sku !== undefined && quantity !== undefined) return { sku, quantity: Number(quantity) }
  const shown = JSON.stringify(word.slice(0, 40))
  throw new UsageError({
    es: `${shown} no es una línea de un pedido: escriba SKU=cantidad, como ARROZ-500=12.`,
    en: `${shown} is no line of an order: write SKU=quantity, such as ARROZ-500=12.`,
  })
}

export class UnknownSourceSkuError extends ApplicationError {
  readonly code = 'UNKNOWN_SOURCE_SKU'

  constructor(sku: string) {
    super({
      es: `La distribuidora no tiene ningún producto con el SKU ${JSON.stringify(sku)}. Revise el pedido.`,
      en: `The distributor has no product with the SKU ${JSON.stringify(sku)}. Check the order.`,
    })
  }
}
