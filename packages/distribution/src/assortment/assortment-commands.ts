import { type Command, type CommandInput, type Text, UsageError } from '@surtidor/queue/commands'
import type { Logger } from 'pino'
import { firstId, storeArgument } from '../command-line/typed-input.ts'
import { findStore } from '../companies/stores.ts'
import { UnknownStoreError } from '../copy/runs/runs.ts'
import type { CentralDatabase } from '../database/open-central.ts'
import { provisionStore } from '../tenancy/provision-store.ts'
import type { StoreDatabase, StoreDatabases } from '../tenancy/store-databases.ts'
import { findStoreTenantOf } from '../tenancy/store-tenants.ts'
import { readDeliveredLines } from './delivered-lines.ts'
import { editProduct } from './edit-product.ts'
import { receiveDelivery, requestRestock } from './restock.ts'
import type { ProductName } from './store-product.ts'

export interface AssortmentAccess extends AsyncDisposable {
  readonly central: CentralDatabase
  readonly stores: StoreDatabases
  readonly log?: Pick<Logger, 'error'>
}

type Open = () => Promise<AssortmentAccess>

/** What a store does with its products: its own price, hidden, deleted and restored, ordered and received. */
export function assortmentCommands(open: Open): readonly Command[] {
  return [priceCommand(open), hideCommand(open), deleteCommand(open), orderCommand(open), receiveCommand(open)]
}

const skuArgument = {
  name: 'sku',
  required: true,
  summary: { es: 'SKU del producto en la tienda', en: 'SKU of the product in the store' },
} as const

function priceCommand(open: Open): Command {
  return {
    name: 'store:price',
    summary: {
      es: 'Fija el precio de un producto de la tienda; sin precio, sigue otra vez a la distribuidora',
      en: "Sets a store's own price of a product; without one it follows the distributor again",
    },
    arguments: [
      storeArgument,
      skuArgument,
      { name: 'pesos', summary: { es: 'Precio en pesos enteros', en: 'Price in whole pesos' } },
    ],
    run: productAction(open, async ({ store, product, input }) => {
      const [, , word] = input.arguments
      if (word === undefined) {
        await editProduct(store, product, { kind: 'followPrice' })
        return {
          es: `${product.sku} seguirá el precio de la distribuidora desde la próxima copia.`,
          en: `${product.sku} follows the distributor's price from the next copy on.`,
        }
      }
      const price = parseAmount(word)
      await editProduct(store, product, { kind: 'setPrice', price })
      return { es: `${product.sku}: ${price} pesos.`, en: `${product.sku}: ${price} pesos.` }
    }),
  }
}

function hideCommand(open: Open): Command {
  return {
    name: 'store:hide',
    summary: { es: 'Oculta un producto de la tienda', en: 'Hides a product of a store' },
    arguments: [storeArgument, skuArgument],
    options: { undo: { kind: 'flag', summary: { es: 'Lo muestra de nuevo', en: 'Shows it again' } } },
    run: productAction(open, async ({ store, product, input }) => {
      const isUndone = input.flag('undo')
      await editProduct(store, product, { kind: isUndone ? 'show' : 'hide' })
      return isUndone
        ? { es: `${product.sku} se muestra.`, en: `${product.sku} is shown.` }
        : { es: `${product.sku} queda oculto.`, en: `${product.sku} is hidden.` }
    }),
  }
}

function deleteCommand(open: Open): Command {
  return {
    name: 'store:delete',
    summary: {
      es: 'Elimina un producto de la tienda: ninguna copia lo trae de vuelta',
      en: 'Deletes a product of a store: no copy brings it back',
    },
    arguments: [storeArgument, skuArgument],
    options: {
      undo: { kind: 'flag', summary: { es: 'Lo restaura con su historia', en: 'Restores it with its history' } },
    },
    run: productAction(open, async ({ store, product, input }) => {
      const isUndone = input.flag('undo')
      await editProduct(store, product, { kind: isUndone ? 'restore' : 'delete' })
      return isUndone
        ? { es: `${product.sku} está de vuelta.`, en: `${product.sku} is back.` }
        : {
            es: `${product.sku} eliminado: restáurelo con «store:delete ${product.companyId} ${product.sku} --undo».`,
            en: `${product.sku} is deleted: restore it with "store:delete ${product.companyId} ${product.sku} --undo".`,
          }
    }),
  }
}

function orderCommand(open: Open): Command {
  return {
    name: 'store:order',
    summary: {
      es: 'Agrega un producto al próximo pedido de la tienda',
      en: "Adds a product to a store's next order",
    },
    arguments: [
      storeArgument,
      skuArgument,
      { name: 'quantity', required: true, summary: { es: 'Cantidad', en: 'Quantity' } },
    ],
    run: productAction(open, async ({ store, product, input }) => {
      const quantity = parseAmount(input.arguments[2] ?? '')
      await requestRestock(store, product, quantity)
      return { es: `${product.sku}: ${quantity} en el pedido.`, en: `${product.sku}: ${quantity} in the order.` }
    }),
  }
}

interface ProductCall {
  readonly store: StoreDatabase
  readonly product: ProductName
  readonly input: CommandInput
}

function productAction(open: Open, act: (call: ProductCall) => Promise<Text>): Command['run'] {
  return async (input, terminal) => {
    const product = { companyId: firstId(input), sku: input.arguments[1] ?? '' }
    await using app = await open()
    await using store = await openStore(app, product.companyId)
    terminal.write((await act({ store, product, input }))[terminal.locale])
    return 0
  }
}

function receiveCommand(open: Open): Command {
  return {
    name: 'store:receive',
    summary: {
      es: 'Recibe un pedido en la tienda: suma sus cantidades a las existencias',
      en: 'Receives an order in a store: adds its quantities to the stock',
    },
    arguments: [
      storeArgument,
      { name: 'order', required: true, summary: { es: 'Número del pedido', en: 'Number of the order' } },
      {
        name: 'lines',
        required: true,
        many: true,
        summary: { es: 'SKU de la distribuidora=cantidad, …', en: "The distributor's SKU=quantity, …" },
      },
    ],
    async run(input, terminal) {
      const companyId = firstId(input)
      const orderNumber = parseOrder(input.arguments[1] ?? '')
      await using app = await open()
      const lines = await readDeliveredLines(app.central, companyId, input.arguments.slice(2))
      await using store = await openStore(app, companyId)
      const received = await receiveDelivery(store, { companyId, orderNumber, lines })
      const text = {
        es: `Pedido ${orderNumber}: ${received} productos recibidos, ${lines.length - received} lo estaban ya.`,
        en: `Order ${orderNumber}: ${received} products received, ${lines.length - received} were already.`,
      }
      terminal.write(text[terminal.locale])
      return 0
    },
  }
}

function parseAmount(word: string): number {
  if (/^\d{1,13}(\.\d{1,2})?$/.test(word)) return Number(word)
  const shown = JSON.stringify(word.slice(0, 40))
  throw new UsageError({
    es: `${shown} no es un número: escríbalo sin puntos de miles, como 4900 o 2.5.`,
    en: `${shown} is no number: write it without separators of thousands, such as 4900 or 2.5.`,
  })
}

function parseOrder(word: string): string {
  if (/^[\w-]{1,64}$/.test(word)) return word
  const shown = JSON.stringify(word.slice(0, 40))
  throw new UsageError({
    es: `${shown} no es un número de pedido: use letras, números y guiones, hasta 64.`,
    en: `${shown} is no number of an order: use letters, digits and hyphens, up to 64.`,
  })
}

/** With the tables of today, also where the store was last copied by an earlier release. */
async function openStore({ central, stores, log }: AssortmentAccess, companyId: number): Promise<StoreDatabase> {
  if (!(await findStore(central, companyId))) throw new UnknownStoreError(companyId)
  return provisionStore({ central, stores, ...(log && { log }) }, (await findStoreTenantOf(central, companyId)).id)
}
