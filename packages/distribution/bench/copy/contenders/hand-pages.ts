import { priceOf } from '../catalog/seeded-product.ts'
import type { Databases, Place } from '../databases/place.ts'
import { type CopyWorker, timed } from './contender.ts'

/** What the ways by hand have in common: pages by key, and what becomes of a row. */
export const pageSize = 1_000

/** Where a product has no category of its own. */
export const fallbackCategory = 'TIENDA'

export interface ReadProduct {
  readonly id: number
  readonly sku: string | null
  readonly name: string
  readonly category: string
  /** Undefined when it has none. */
  readonly tax: Tax | undefined
  readonly image: string | null
  readonly cost: number
}

export interface Tax {
  readonly name: string
  readonly percentage: number
}

/** As the databases answer: id, sku, name, category, tax, percentage. */
export type ItemRow = readonly [
  id: number | string,
  sku: string | null,
  name: string,
  category: string | null,
  tax: string | null,
  percentage: number | null,
]

/** A column of another table, by the item's id. */
export type ValueRow<Value> = readonly [itemId: number | string, value: Value]

export function readProduct(row: ItemRow, value: number | undefined, image: string | null): ReadProduct {
  const [id, sku, name, category, tax, percentage] = row
  return {
    id: Number(id),
    sku,
    name,
    category: category ?? fallbackCategory,
    tax: tax === null || percentage === null ? undefined : { name: tax, percentage },
    image,
    cost: Math.trunc(value ?? 0),
  }
}

/** Puts the three answers of a page together. Of several values for one item the last wins. */
export function joinPage(
  items: readonly ItemRow[],
  values: readonly ValueRow<number>[],
  images: readonly ValueRow<string>[],
): readonly ReadProduct[] {
  const priceById = new Map(values)
  const imageById = new Map(images)
  return items.map((row) => readProduct(row, priceById.get(row[0]), imageById.get(row[0]) ?? null))
}

/** The cells that vary from row to row. */
export function targetCells(product: ReadProduct, ids: StoreIds) {
  const { id, sku, name, tax, category, image, cost } = product
  const taxId = tax ? ids.taxes.get(tax.name) : null
  return [id, sku, name, taxId ?? null, ids.categories.get(category) ?? null, image, cost, priceOf(cost)] as const
}

/** Ids in the store by name; they are few, so one statement brings those of a page that were not there yet. */
export interface StoreIds {
  readonly categories: Map<string, number>
  readonly taxes: Map<string, number>
}

export function newIds(): StoreIds {
  return { categories: new Map(), taxes: new Map() }
}

/** What of a page's categories and taxes the store does not have. */
export function unknownNames(page: readonly ReadProduct[], ids: StoreIds) {
  const categories = new Set<string>()
  const taxes = new Map<string, Tax>()
  for (const { category, tax } of page) {
    if (!ids.categories.has(category)) categories.add(category)
    if (tax && !ids.taxes.has(tax.name)) taxes.set(tax.name, tax)
  }
  return { categories: [...categories], taxes: [...taxes.values()] }
}

interface Ends {
  readonly read: (afterId: number) => Promise<readonly ReadProduct[]>
  readonly write: (page: readonly ReadProduct[]) => Promise<void>
}

/** Reads the next page while this one is written. */
async function copyPages({ read, write }: Ends): Promise<void> {
  let reading = read(0)
  for (;;) {
    const page = await reading
    const last = page.at(-1)
    if (!last) return
    reading = page.length < pageSize ? Promise.resolve([]) : read(last.id)
    // While the page before it is being written nobody waits for this one yet.
    reading.catch(() => undefined)
    await write(page)
  }
}

interface Way<Client> {
  readonly connect: (place: Place) => Promise<Client>
  readonly readPage: (reader: Client, afterId: number) => Promise<readonly ReadProduct[]>
  readonly writePage: (writer: Client, store: Store, page: readonly ReadProduct[]) => Promise<void>
}

export interface Store {
  readonly companyId: number
  readonly ids: StoreIds
}

/** Its connection to the source stays open from one store to the next. */
export async function pageWorker<Client extends { end(): Promise<void> }>(
  { source }: Pick<Databases, 'source'>,
  { connect, readPage, writePage }: Way<Client>,
): Promise<CopyWorker> {
  const reader = await connect(source)
  return {
    async copyOnce({ target, companyId }) {
      const writer = await connect(target)
      const store = { companyId, ids: newIds() }
      try {
        return await timed(() =>
          copyPages({
            read: (afterId) => readPage(reader, afterId),
            write: (page) => writePage(writer, store, page),
          }),
        )
      } finally {
        await writer.end()
      }
    },
    [Symbol.asyncDispose]: () => reader.end(),
  }
}
