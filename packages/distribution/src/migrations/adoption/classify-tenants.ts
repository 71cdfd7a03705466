import { type Kysely, sql } from 'kysely'
import type { AdoptedCentral } from './adopt-central.ts'
import { storeCompanies } from './choose-distributor.ts'

type Layout = 'central' | 'own'

/**
 * Says of the original's tenants what ours say of themselves: which one is the distributor and which are stores, and where each
 * has its products. The original keeps those of all stores in its one database, whatever `db_name` says; earlier it had a
 * database for each, and what is there of those stays in use. Other tenants are left alone. Safe to run again: it takes up those
 * that the original has written since.
 */
export async function classifyTenants<Tables>(
  db: Kysely<Tables>,
  { distributorId, names }: Pick<AdoptedCentral, 'distributorId' | 'names'>,
): Promise<void> {
  const layout: Layout = names.has('tat_items') ? 'central' : 'own'
  await mark(db, { id: distributorId, kind: 'distributor', layout })
  const stores = await readUnclassified(db)
  const withItems = layout === 'central' ? await databasesWithItems(db) : undefined
  for (const { id, databaseName } of stores) {
    const isOwn = !withItems || withItems.has(databaseName)
    await mark(db, { id, kind: 'store', layout: isOwn ? 'own' : 'central' })
  }
}

interface Classification {
  readonly id: string
  readonly kind: 'distributor' | 'store'
  readonly layout: Layout
}

async function mark<Tables>(db: Kysely<Tables>, { id, kind, layout }: Classification): Promise<void> {
  // Some tables set `updated_at` at every change, and this is none that anybody made.
  await sql`
    update tenants
    set kind = ${kind}, original_layout = ${layout}, updated_at = updated_at
    where id = ${id} and kind is null`.execute(db)
}

interface UnclassifiedTenant {
  readonly id: string
  readonly databaseName: string
}

/** Of several tenants of one company the oldest is its store. */
async function readUnclassified<Tables>(db: Kysely<Tables>): Promise<readonly UnclassifiedTenant[]> {
  const { rows } = await sql<UnclassifiedTenant>`
    select id, db_name as "databaseName"
    from (
      select id, db_name, kind, row_number() over (
        partition by company_id
        order by kind is null, created_at, id
      ) as place
      from tenants
      where company_id in (${storeCompanies})
    ) as tenant
    where place = 1 and kind is null
    order by id`.execute(db)
  return rows
}

/** Databases of stores on this server, as far as we may see them; the central one has a layout of its own. */
async function databasesWithItems<Tables>(db: Kysely<Tables>): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ readonly name: string }>`
    select table_schema as "name"
    from information_schema.tables
    where table_name = 'tat_items' and table_schema <> database()`.execute(db)
  return new Set(rows.map(({ name }) => name))
}
