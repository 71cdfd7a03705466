import type { StoreDatabase } from '../../tenancy/store-databases.ts'
import type { CopyRules } from '../plan/plan-price.ts'
import { type RoomValues, StoreRoom } from './verify-room.ts'
import { differences } from './verify-row.ts'
import { isBlank, isReserved, type SkuQuestion, type SkuTwins, unanswered, wantedSku } from './verify-skus.ts'
import type { ExpectedProduct } from './verify-source.ts'
import { lockedFields, noFields, type StoredProduct } from './verify-store.ts'
import type { Tally } from './verify-tally.ts'
import { type ExpectedValues, expectedValues, isCopiedWhenNew, isCopyable } from './verify-values.ts'

export interface ProductScope {
  readonly companyId: number
  /** Newer products of the distributor are not expected. */
  readonly maxId: number
  /** Hears of each page which of the distributor's products are not in the store as they should be. */
  readonly onAltered?: ((store: StoreDatabase, sourceIds: readonly number[]) => Promise<void>) | undefined
}

/** What is told unless the store's tables have no room for what should be there. */
interface Finding {
  readonly kind: 'missing' | 'altered'
  readonly sourceId: number
  readonly sku: string
  readonly fields: readonly string[]
  /** Undefined of what needs none. */
  readonly needs?: RoomValues
}

/** Who asks, and what is to be told when the SKU is free. */
interface Question extends SkuQuestion, Finding {}

/** Of questions, and of findings. */
const mostKept = 5_000

export interface Comparison {
  readonly scope: ProductScope
  readonly rules: CopyRules
  readonly tally: Tally
}

export interface ComparedPage {
  /** All products of the distributor in a range of ids, active or not. */
  readonly expected: Promise<readonly ExpectedProduct[]>
  /** What the store has of the range. */
  readonly stored: AsyncIterable<readonly StoredProduct[]>
}

/** What a row is compared with. */
interface Counterpart {
  readonly product: ExpectedProduct | undefined
  /** True when another row of the same product came before. */
  readonly isRepeated: boolean
}

/** Compares the copied products of one store with what they should be, page by page. */
export class ProductComparison {
  readonly #store: StoreDatabase
  readonly #scope: ProductScope
  readonly #rules: CopyRules
  readonly #tally: Tally
  /** With the SKUs that their distributor wants: the store may still be counting its twins when the first rows are compared. */
  #asWanted: StoredProduct[] = []
  #questions: Question[] = []
  #findings: Finding[] = []
  /** Asked for only where something was found. */
  #room: StoreRoom | undefined

  constructor(store: StoreDatabase, { scope, rules, tally }: Comparison) {
    this.#store = store
    this.#scope = scope
    this.#rules = rules
    this.#tally = tally
  }

  async comparePage({ expected, stored }: ComparedPage, twins: Promise<SkuTwins>): Promise<void> {
    const products = new Map<number, ExpectedProduct>()
    for (const product of await expected) products.set(product.id, product)
    const found = new Set<number>()
    for await (const rows of stored) {
      // The last page has all that is left of the store.
      if (this.#findings.length >= mostKept) await this.#tell()
      for (const row of rows) {
        this.#compareRow(row, { product: products.get(row.sourceId), isRepeated: found.has(row.sourceId) })
        found.add(row.sourceId)
      }
    }
    this.#tellTwins(await twins)
    for (const product of products.values()) if (!found.has(product.id)) this.#lookForMissing(product)
    if (this.#questions.length >= mostKept) await this.#answer()
    await this.#tell()
  }

  /** What could only be told at the end. */
  async finish(): Promise<void> {
    await this.#answer()
    await this.#tell()
  }

  #compareRow(row: StoredProduct, { product, isRepeated }: Counterpart): void {
    if (isRepeated) {
      this.#tally.add('duplicated', row, ['item_father_id'])
      return
    }
    // What the store has deleted stays as it was then.
    if (row.deletedAt !== null) return
    // So does what its distributor sells no more, or never sold, but for its state.
    if (!product?.isActive) {
      if (row.sourceState !== 'discontinued') this.#findings.push(alteredIn(['sourceState'], row))
      return
    }
    if (isReserved(row.sku) && isReserved(wantedSku(product))) return
    this.#tally.check()
    // What cannot be copied is an error of each copy, and stays as it was.
    const rules = this.#rules
    const values = expectedValues(product, rules)
    if (!isCopyable(product, values, row.priceMode === 'manual')) return
    const fields = differences(row, { product, values, rules })
    if (fields.length > 0) this.#findings.push(alteredIn(fields, row, { product, values }))
    else this.#askAboutSku(row, { product, values })
  }

  /** A product in the store keeps its SKU while the distributor's is none that it could have. */
  #askAboutSku(row: StoredProduct, expected: Expected): void {
    const { product } = expected
    const wanted = wantedSku(product)
    if (lockedFields(row).includes('sku') || isReserved(wanted)) return
    if (row.sku === wanted) {
      this.#asWanted.push(row)
      return
    }
    if (isBlank(product.sku)) return
    this.#questions.push({ ...alteredIn(['sku'], row, expected), wanted })
  }

  #tellTwins(twins: SkuTwins): void {
    for (const row of this.#asWanted) if (twins.show(row)) this.#tally.add('duplicated', row, ['sku'])
    this.#asWanted = []
  }

  #lookForMissing(product: ExpectedProduct): void {
    const sku = wantedSku(product)
    if (!product.isActive || product.id > this.#scope.maxId || isReserved(sku)) return
    const values = expectedValues(product, this.#rules)
    if (values === undefined || !isCopiedWhenNew(product, values, this.#rules)) return
    const missing = { kind: 'missing', sourceId: product.id, sku, fields: noFields, needs: { ...values, sku } } as const
    if (this.#rules.policies.skuConflict === 'skip') this.#questions.push({ ...missing, wanted: sku })
    else this.#findings.push(missing)
  }

  async #answer(): Promise<void> {
    this.#findings.push(...(await unanswered(this.#store, this.#scope.companyId, this.#questions)))
    this.#questions = []
  }

  async #tell(): Promise<void> {
    if (this.#findings.length === 0) return
    this.#room ??= await StoreRoom.read(this.#store)
    const altered: number[] = []
    for (const { kind, needs, fields, ...row } of this.#findings) {
      if (needs && !this.#room.takes(needs)) continue
      if (kind === 'missing') this.#tally.check()
      else altered.push(row.sourceId)
      this.#tally.add(kind, row, fields)
    }
    this.#findings = []
    if (altered.length > 0) await this.#scope.onAltered?.(this.#store, altered)
  }
}

interface Expected {
  readonly product: ExpectedProduct
  readonly values: ExpectedValues
}

function alteredIn(fields: readonly string[], row: StoredProduct, expected?: Expected): Finding {
  const { sourceId, sku, priceMode, price } = row
  const finding = { kind: 'altered', sourceId, sku, fields } as const
  if (!expected) return finding
  const { product, values } = expected
  // What the store has decided is there already.
  const needs = {
    ...values,
    price: priceMode === 'manual' ? price : values.price,
    sku: lockedFields(row).includes('sku') ? sku : wantedSku(product),
  }
  return { ...finding, needs }
}
