import { sql, type Transaction } from 'kysely'
import { upsert } from '../../database/sql.ts'
import type { StoreTables } from '../../database/store-tables.ts'
import type { PlannedCategory, PlannedProduct, PlannedTax } from '../plan/plan.ts'
import { TaxTakenError } from './tax-taken-error.ts'

type Trx = Transaction<StoreTables>

type ReferringProduct = Pick<PlannedProduct, 'category' | 'tax'>

interface Known {
  readonly id: number
  readonly name: string
}

/**
 * The ids that categories and taxes have in one store. What this attempt has seen of them is not asked for again: nobody
 * deletes them, and a transaction that fails forgets what it has learnt.
 */
export class StoreReferences {
  readonly #companyId: number
  /** Else they are written before anybody looks. */
  readonly #areMostlyThere: boolean
  #categories = new Map<number, Known>()
  /** By percentage, which a database may answer as a text, and name. Not by both in one text: that would be made for each product. */
  #taxes = new Map<number, Map<string, number>>()
  #generation = 0

  constructor(companyId: number, { areMostlyThere = false } = {}) {
    this.#companyId = companyId
    this.#areMostlyThere = areMostlyThere
  }

  /** Grows whenever ids are forgotten: those that were known before may not be there. */
  get generation(): number {
    return this.#generation
  }

  forget(): void {
    this.#generation += 1
    this.#categories = new Map()
    this.#taxes = new Map()
  }

  /** True when neither the product's category nor its tax is missing, and neither has another name. */
  know({ category, tax }: ReferringProduct): boolean {
    return this.#categories.get(category.sourceId)?.name === category.name && (tax === null || this.taxId(tax) !== null)
  }

  categoryId({ sourceId }: PlannedCategory): number | null {
    return this.#categories.get(sourceId)?.id ?? null
  }

  taxId(tax: PlannedTax | null): number | null {
    return tax === null ? null : (this.#taxes.get(Number(tax.percentage))?.get(tax.name) ?? null)
  }

  /** Makes what is missing of the products' categories and taxes, and renames categories that have another name. */
  async ensure(trx: Trx, products: readonly ReferringProduct[]): Promise<void> {
    await this.#ensureCategories(trx, products)
    await this.#ensureTaxes(trx, products)
  }

  async #ensureCategories(trx: Trx, products: readonly ReferringProduct[]): Promise<void> {
    const wanted = new Map(products.map(({ category }) => [category.sourceId, category]))
    const differing = () =>
      [...wanted.values()].filter(({ sourceId, name }) => this.#categories.get(sourceId)?.name !== name)
    if (differing().length === 0) return
    if (this.#areMostlyThere) await this.#readCategories(trx, differing())
    const rows = differing().map(({ sourceId, name }) => ({
      company_id: this.#companyId,
      source_category_id: sourceId,
      name,
    }))
    if (rows.length === 0) return
    await upsert(trx, 'tat_categories', { rows, key: ['company_id', 'source_category_id'], update: ['name'] })
    await this.#readCategories(trx, differing())
  }

  async #readCategories(trx: Trx, categories: readonly PlannedCategory[]): Promise<void> {
    const rows = await trx
      .selectFrom('tat_categories')
      .select(['id', 'source_category_id as sourceId', 'name'])
      .where('company_id', '=', this.#companyId)
      .where(
        'source_category_id',
        'in',
        categories.map(({ sourceId }) => sourceId),
      )
      .execute()
    for (const { sourceId, id, name } of rows) this.#categories.set(sourceId, { id, name })
  }

  /** Taxes are the same when name and percentage are; ids of the distributor mean nothing in the store. */
  async #ensureTaxes(trx: Trx, products: readonly ReferringProduct[]): Promise<void> {
    const wanted = new Map(products.flatMap(({ tax }) => (tax ? [[taxKey(tax), tax] as const] : [])))
    const missing = () => [...wanted.values()].filter((tax) => this.taxId(tax) === null)
    if (missing().length === 0) return
    if (this.#areMostlyThere) await this.#readTaxes(trx, missing())
    const rows = missing().map(({ name, percentage }) => ({ name, percentage }))
    if (rows.length === 0) return
    await upsert(trx, 'cnf_taxes', { rows, key: ['name', 'percentage'], update: [] })
    const kept = await this.#readTaxes(trx, rows)
    for (const tax of missing()) {
      const id = idOfSame(kept, tax)
      // Its products would have no tax, and nobody would know.
      if (id === undefined) throw new TaxTakenError(tax, this.#companyId)
      this.#learnTax(tax, id)
    }
  }

  async #readTaxes(trx: Trx, taxes: readonly PlannedTax[]): Promise<readonly KeptTax[]> {
    const rows = await trx
      .selectFrom('cnf_taxes')
      .select(['id', 'name', 'percentage'])
      .where(
        sql`rtrim(name)`,
        'in',
        taxes.map(({ name }) => withoutBlanksBehind(name)),
      )
      // The original may have one without, which is not that of nothing.
      .where('percentage', 'is not', null)
      // Of one that it has twice the first is kept.
      .orderBy('id', 'desc')
      .execute()
    for (const row of rows) this.#learnTax(row, row.id)
    return rows
  }

  #learnTax({ name, percentage }: PlannedTax, id: number): void {
    const alike = this.#taxes.get(Number(percentage)) ?? new Map<string, number>()
    this.#taxes.set(Number(percentage), alike.set(name, id))
  }
}

interface KeptTax extends PlannedTax {
  readonly id: number
}

/** With blanks behind a name and without is one tax to the keys of MariaDB, which has kept only one then. */
function idOfSame(kept: readonly KeptTax[], { name, percentage }: PlannedTax): number | undefined {
  return kept.findLast(
    (tax) =>
      Number(tax.percentage) === Number(percentage) && withoutBlanksBehind(tax.name) === withoutBlanksBehind(name),
  )?.id
}

function withoutBlanksBehind(name: string): string {
  return name.replace(/ +$/, '')
}

function taxKey({ name, percentage }: PlannedTax): string {
  return `${percentage} ${name}`
}
