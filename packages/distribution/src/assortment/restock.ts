import { type Kysely, sql, type Transaction } from 'kysely'
import { insertId, isDuplicate, locking, now, untilUndisturbed } from '../database/sql.ts'
import type { StoreTables } from '../database/store-tables.ts'
import { ApplicationError } from '../errors.ts'
import type { StoreDatabase } from '../tenancy/store-databases.ts'
import { isRestockable, lockProduct, type ProductName } from './store-product.ts'

/**
 * Puts a product on the list of the store's next order; what stands there already grows. Throws `UnknownStoreProductError`,
 * `ProductNotRestockableError` for what the distributor sells no more, and `InvalidQuantityError`.
 */
export async function requestRestock(store: StoreDatabase, name: ProductName, quantity: number): Promise<void> {
  checkQuantity(quantity)
  await store.transaction().execute(async (trx) => {
    // The lock on the product makes two requests of it wait for each other.
    const product = await lockProduct(trx, name)
    if (!isRestockable(product)) throw new ProductNotRestockableError(product)
    const line = { companyId: name.companyId, itemId: product.sourceId }
    const known = await findLine(trx, line, null)
    if (known) await addToRequest(trx, known.id, quantity)
    else await insertId(trx, 'tat_restock_list', { ...rowOf(line), quantity_request: quantity, order_number: null })
  })
}

export interface Delivery {
  readonly companyId: number
  readonly orderNumber: string
  readonly lines: readonly DeliveredLine[]
}

export interface DeliveredLine {
  /** The distributor's product. */
  readonly itemId: number
  readonly quantity: number
}

/**
 * Adds what has arrived to the stock, in one transaction with the lines that say so; answers how many lines that were. A line
 * that was received before is left alone, so that the same delivery may be told again. Where a product of the distributor is
 * not in the store, or is deleted there, throws `DeliveryRefusedError`, and nothing is received.
 */
export async function receiveDelivery(store: StoreDatabase, delivery: Delivery): Promise<number> {
  for (const { quantity } of delivery.lines) checkQuantity(quantity)
  const work = () => store.transaction().execute((trx) => receiveLines(trx, delivery))
  return untilUndisturbed(() =>
    work().catch((error: unknown) => {
      // Somebody receives the same delivery in the same instant: the second look finds its lines.
      if (isDuplicate(error)) return work()
      throw error
    }),
  )
}

async function receiveLines(trx: Transaction<StoreTables>, delivery: Delivery): Promise<number> {
  let received = 0
  for (const line of sumByItem(delivery.lines)) if (await receiveLine(trx, delivery, line)) received += 1
  return received
}

/** Always in the same order, so that two deliveries do not wait for each other. */
function sumByItem(lines: readonly DeliveredLine[]): readonly DeliveredLine[] {
  return [...Map.groupBy(lines, ({ itemId }) => itemId)]
    .map(([itemId, same]) => ({
      itemId,
      quantity: toHundredths(same.reduce((sum, { quantity }) => sum + quantity, 0)),
    }))
    .toSorted((one, other) => one.itemId - other.itemId)
}

function toHundredths(quantity: number): number {
  return Math.round(quantity * 100) / 100
}

async function receiveLine(trx: Transaction<StoreTables>, delivery: Delivery, line: DeliveredLine): Promise<boolean> {
  const { companyId, orderNumber } = delivery
  const named = { companyId, itemId: line.itemId }
  const known = (await findLine(trx, named, orderNumber)) ?? (await findLine(trx, named, null))
  if (known?.status === 'Recibido') return false
  if (!(await addStock(trx, companyId, line))) throw new DeliveryRefusedError(delivery, line)
  const arrived = { quantity_recive: line.quantity, status: 'Recibido', order_number: orderNumber } as const
  if (!known) await insertId(trx, 'tat_restock_list', { ...rowOf(named), ...arrived, quantity_request: line.quantity })
  else
    await trx
      .updateTable('tat_restock_list')
      .set({ ...arrived, updated_at: now })
      .where('id', '=', known.id)
      .execute()
  return true
}

async function addStock(
  trx: Transaction<StoreTables>,
  companyId: number,
  { itemId, quantity }: DeliveredLine,
): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable('tat_items')
    .set({ stock: sql`round(stock + ${quantity}, 2)`, updated_at: now })
    .where('company_id', '=', companyId)
    // A product of the store's own has its SKU there.
    .where('item_father_id', '=', itemId)
    .where('own_sku', '=', '')
    .where('deleted_at', 'is', null)
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}

interface Line {
  readonly companyId: number
  readonly itemId: number
}

function rowOf({ companyId, itemId }: Line) {
  return { company_id: companyId, itemId, quantity_recive: null }
}

/** `orderNumber` null: on the list of the next order. */
function findLine(trx: Kysely<StoreTables>, { companyId, itemId }: Line, orderNumber: string | null) {
  return trx
    .selectFrom('tat_restock_list')
    .select(['id', 'status'])
    .where('company_id', '=', companyId)
    .where('itemId', '=', itemId)
    .where('order_number', orderNumber === null ? 'is' : '=', orderNumber)
    .$call(locking(trx))
    .executeTakeFirst()
}

async function addToRequest(trx: Kysely<StoreTables>, id: number, quantity: number): Promise<void> {
  await trx
    .updateTable('tat_restock_list')
    .set({ quantity_request: sql`round(quantity_request + ${quantity}, 2)`, updated_at: now })
    .where('id', '=', id)
    .execute()
}

const maxQuantity = 1_000_000

/** Two decimals, for what is sold by weight. */
function checkQuantity(quantity: number): void {
  const isFine = quantity > 0 && quantity <= maxQuantity && toHundredths(quantity) === quantity
  if (!isFine) throw new InvalidQuantityError(quantity)
}

export class InvalidQuantityError extends ApplicationError {
  readonly code = 'INVALID_QUANTITY'

  constructor(quantity: number) {
    super({
      es: `${quantity} no es una cantidad: use un número mayor que 0, hasta ${maxQuantity}, con dos decimales a lo sumo.`,
      en: `${quantity} is no quantity: use a number above 0, up to ${maxQuantity}, with at most two decimals.`,
    })
  }
}

export class ProductNotRestockableError extends ApplicationError {
  readonly code = 'PRODUCT_NOT_RESTOCKABLE'

  constructor({ sku, name }: { readonly sku: string; readonly name: string }) {
    super({
      es: `${name} (${sku}) no se puede pedir: es propio de la tienda, está eliminado o la distribuidora ya no lo vende.`,
      en: `${name} (${sku}) cannot be ordered: it is the store's own, deleted, or no longer sold by the distributor.`,
    })
  }
}

export class DeliveryRefusedError extends ApplicationError {
  readonly code = 'DELIVERY_REFUSED'
  readonly itemId: number

  constructor({ companyId, orderNumber }: Delivery, { itemId }: DeliveredLine) {
    super({
      es: `El pedido ${orderNumber} no se recibió: la tienda ${companyId} no tiene el producto ${itemId} de la distribuidora, o lo eliminó. Cópielo con «copy:start ${companyId}» o restáurelo, y reciba de nuevo.`,
      en: `Order ${orderNumber} was not received: store ${companyId} does not have the distributor's product ${itemId}, or has deleted it. Copy it with "copy:start ${companyId}" or restore it, and receive again.`,
    })
    this.itemId = itemId
  }
}
