import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { verifyRun } from '../../src/copy/verify/verify.ts'
import type { StoreDatabase } from '../../src/tenancy/store-databases.ts'
import type { StoreLife } from '../support/arbitrary-catalogues.ts'
import { TestBed } from '../support/copy-test-bed.ts'
import { type Distributors, editProduct, writeCatalogue } from '../support/write-catalogue.ts'

/**
 * Copies random catalogues into one store, which is emptied in between, and asks the oracle about each copy. All of it is
 * real: the planner, the writer, the job and SQLite.
 */
export class CatalogueCheck implements AsyncDisposable {
  readonly #bed: TestBed
  readonly #store: StoreDatabase
  readonly #companyId: number
  readonly #distributors: Distributors
  /** What all copies did, so that nobody is content with copies that did nothing. */
  readonly totals = { catalogues: 0, copied: 0, updated: 0, unchanged: 0, skipped: 0, errors: 0 }

  private constructor(parts: {
    readonly bed: TestBed
    readonly store: StoreDatabase
    readonly companyId: number
    readonly foreign: string
  }) {
    this.#bed = parts.bed
    this.#store = parts.store
    this.#companyId = parts.companyId
    this.#distributors = { own: parts.bed.distributorId, foreign: parts.foreign }
  }

  static async open(): Promise<CatalogueCheck> {
    const bed = await TestBed.open()
    const foreign = randomUUID()
    await bed.central
      .insertInto('tenants')
      .values({ id: foreign, kind: 'distributor', name: 'Otra', email: null, company_id: null, db_name: null })
      .execute()
    const { companyId, runId } = await bed.register()
    await bed.copy({ companyId, runId })
    return new CatalogueCheck({ bed, store: await bed.store(runId), companyId, foreign })
  }

  /** Throws where the copy and the oracle do not agree, or where a second copy writes anything. */
  async run({ first, ownSkus, edits, later }: StoreLife): Promise<void> {
    await this.#clear()
    await this.#addOwn(ownSkus)
    await writeCatalogue(this.#bed.central, this.#distributors, first)
    await this.#copyAndVerify()
    for (const [id, edit] of edits) await editProduct(this.#store, id, edit)
    await writeCatalogue(this.#bed.central, this.#distributors, later)
    await this.#copyAndVerify()
    const rows = await this.#rows()
    const again = await this.#bed.copyAgain(this.#companyId)
    assert.deepEqual([again.copied, again.updated], [0, 0], 'a second copy has written products')
    assert.deepEqual(await this.#rows(), rows, 'a second copy has changed rows')
  }

  async #copyAndVerify(): Promise<void> {
    const before = await this.#rows()
    const run = await this.#bed.copyAgain(this.#companyId)
    // A copy that had nothing but errors has failed.
    assert.match(run.state, run.errors > 0 && run.errors === run.processed ? /^failed$/ : /^completed/)
    assert.deepEqual(await this.#findings(run.id), [])
    for (const kind of outcomeKinds) this.totals[kind] += run[kind]
    this.totals.catalogues += 1
    this.#lookAtSkus(before, await this.#rows())
  }

  async #findings(id: number) {
    return (await verifyRun(this.#bed, { id, companyId: this.#companyId }))?.details
  }

  /** What the oracle cannot know, because it has not seen what was there before. */
  #lookAtSkus(before: readonly Row[], after: readonly Row[]): void {
    const known = new Set(before.map(({ id }) => id))
    const sold = after.filter(({ source_state }) => source_state === 'active')
    for (const row of sold.filter(({ id, item_father_id }) => !known.has(id) && item_father_id > 0)) {
      const twin = sold.find(({ id, sku }) => id !== row.id && looks(sku) === looks(row.sku))
      assert.equal(twin, undefined, `a new product has come under a SKU that another one has: ${row.sku}`)
    }
    const own = (rows: readonly Row[]) => rows.filter(({ id, item_father_id }) => item_father_id === 0 && known.has(id))
    assert.deepEqual(own(after), own(before), 'a product of the store has changed')
  }

  async #rows() {
    return await this.#store.selectFrom('tat_items').selectAll().orderBy('id').execute()
  }

  async #clear(): Promise<void> {
    const { central, statements, logged } = this.#bed
    for (const list of [statements, logged]) list.length = 0
    for (const table of ['copy_runs', 'jobs']) await sql`delete from ${sql.table(table)}`.execute(central)
    for (const table of ['tat_items', 'tat_categories', 'cnf_taxes', 'copy_receipts', 'copy_outcomes'])
      await sql`delete from ${sql.table(table)}`.execute(this.#store)
  }

  async #addOwn(skus: readonly string[]): Promise<void> {
    const nothing = { taxId: null, categoryId: null, img_path: null, price_strategy: null, content_hash: null }
    const rows = skus.map((sku) => ({ ...nothing, company_id: this.#companyId, sku, name: 'x', cost: 1, price: 2 }))
    if (rows.length > 0)
      await this.#store
        .insertInto('tat_items')
        .values(rows.map((row) => ({ ...row, item_father_id: 0 })))
        .execute()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#store.destroy()
    await this.#bed[Symbol.asyncDispose]()
  }
}

const outcomeKinds = ['copied', 'updated', 'unchanged', 'skipped', 'errors'] as const

type Row = Readonly<{ id: number; sku: string; item_father_id: number; source_state: string }>

function looks(sku: string): string {
  return sku.trim().normalize('NFC')
}
