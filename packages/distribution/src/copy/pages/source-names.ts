import { type RawBuilder, sql } from 'kysely'
import type { CentralDatabase } from '../../database/open-central.ts'

/** Where a product's row refers to what has a name. */
export interface References {
  readonly categoryId: number | null
  readonly taxId: number | null
  readonly brandId: number | null
  readonly unitId: number | null
}

const kinds = ['categoryId', 'taxId', 'brandId', 'unitId'] as const satisfies readonly (keyof References)[]
type Kind = (typeof kinds)[number]

export interface Named {
  readonly name: string
  /** Of a tax; 0 for everything else. */
  readonly percentage: number
}

interface Found extends Named {
  readonly kind: Kind
  readonly id: number
}

/** A name that was changed is read anew after this time, however long a copy takes. */
const freshMs = 1_000
/** Of each kind. */
const firstNames = 200

/**
 * The names of a distributor's categories, taxes, brands and units, of which thousands of products share a few. One that was
 * deleted, or is another distributor's, has none.
 */
export class SourceNames {
  readonly #central: CentralDatabase
  readonly #distributorId: string
  #known = nothingKnown()
  #knownSince = performance.now()

  constructor(central: CentralDatabase, distributorId: string) {
    this.#central = central
    this.#distributorId = distributorId
  }

  find(kind: Kind, id: number | null): Named | undefined {
    return id === null ? undefined : this.#known[kind].get(id)
  }

  /** Learns the first names of each kind, mostly all that there are: nobody has to wait for the products that want them. */
  async learnFirst(): Promise<void> {
    this.#begin()
    const first = (kind: Kind) =>
      sql`select * from (${this.#select(kind)} order by id limit ${firstNames}) as ${sql.ref(kind)}`
    await this.#learnFrom(kinds.map(first))
  }

  /** Learns, in one statement, what of these references is not known. */
  async learn(rows: readonly References[]): Promise<void> {
    if (performance.now() - this.#knownSince > freshMs) this.#begin()
    const missing = kinds.map((kind) => ({ kind, ids: this.#missing(kind, rows) })).filter(({ ids }) => ids.length > 0)
    if (missing.length === 0) return
    await this.#learnFrom(missing.map(({ kind, ids }) => sql`${this.#select(kind)} and id in (${sql.join(ids)})`))
    // What was not found is not asked for again.
    for (const { kind, ids } of missing) for (const id of ids) this.#known[kind].set(id, this.#known[kind].get(id))
  }

  #begin(): void {
    this.#known = nothingKnown()
    this.#knownSince = performance.now()
  }

  async #learnFrom(selects: readonly RawBuilder<unknown>[]): Promise<void> {
    const found = await sql<Found>`${sql.join(selects, sql` union all `)}`.execute(this.#central)
    for (const { kind, id, name, percentage } of found.rows) this.#known[kind].set(id, { name, percentage })
  }

  #missing(kind: Kind, rows: readonly References[]): readonly number[] {
    const known = this.#known[kind]
    const ids = new Set<number>()
    for (const { [kind]: id } of rows) if (id !== null && !known.has(id)) ids.add(id)
    return [...ids]
  }

  #select(kind: Kind): RawBuilder<unknown> {
    return sql`select ${sql.lit(kind)} as kind, id, ${sources[kind](this.#distributorId)}`
  }
}

const sources: Readonly<Record<Kind, (distributorId: string) => RawBuilder<unknown>>> = {
  categoryId: (distributorId) =>
    sql`name, 0 as percentage from inv_categories where deleted_at is null and tenant_id = ${distributorId}`,
  taxId: () => sql`name, percentage from cnf_taxes where 1 = 1`,
  brandId: (distributorId) =>
    sql`name, 0 as percentage from inv_item_brand where deleted_at is null and tenant_id = ${distributorId}`,
  unitId: (distributorId) => sql`description as name, 0 as percentage
    from inv_unit_measurements
    where deleted_at is null and tenant_id = ${distributorId}`,
}

function nothingKnown(): Readonly<Record<Kind, Map<number, Named | undefined>>> {
  return { categoryId: new Map(), taxId: new Map(), brandId: new Map(), unitId: new Map() }
}
