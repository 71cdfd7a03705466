import { type Kysely, sql } from 'kysely'
import { dialectOf } from '../../database/dialect.ts'

/** Which tables were the original application's before ours came, as `adopted_tables` keeps it. */
export interface AdoptedTables {
  readonly names: ReadonlySet<string>
  /** The distributor whose catalogue and clients they hold; null in a database that has a store only. */
  readonly distributorId: string | null
}

/** Undefined in a database that was ours from the beginning, and in one that nobody has begun to take over. */
export async function readAdoptedTables<Tables>(db: Kysely<Tables>): Promise<AdoptedTables | undefined> {
  if (dialectOf(db) !== 'mysql') return undefined
  const { rows: record } = await sql`
    select 1
    from information_schema.tables
    where table_schema = database() and table_name = 'adopted_tables'`.execute(db)
  if (record.length === 0) return undefined
  const { rows } = await sql<{ name: string; tenantId: string | null }>`
    select name, tenant_id as "tenantId"
    from adopted_tables`.execute(db)
  const [first] = rows
  return first && { names: new Set(rows.map(({ name }) => name)), distributorId: first.tenantId }
}

/**
 * Written before anything else is changed, and in one statement: whoever goes on after a crash knows which of the tables were
 * there, although ours stand among them by then.
 */
export async function recordAdoptedTables<Tables>(db: Kysely<Tables>, adopted: AdoptedTables): Promise<void> {
  await sql`
    create table if not exists adopted_tables (
      name varchar(64) not null primary key,
      tenant_id varchar(255),
      adopted_at datetime not null default current_timestamp
    ) engine = InnoDB default character set utf8mb4 collate utf8mb4_bin`.execute(db)
  const rows = [...adopted.names].map((name) => sql`(${name}, ${adopted.distributorId})`)
  await sql`
    insert into adopted_tables (name, tenant_id)
    values ${sql.join(rows)}
    on duplicate key update name = values(name)`.execute(db)
}
