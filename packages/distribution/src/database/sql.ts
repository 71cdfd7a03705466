import { type Insertable, type Kysely, type RawBuilder, sql } from 'kysely'
import { bulkUpsert, type Conflict } from './bulk-upsert.ts'
import { dialectOf } from './dialect.ts'

/** This moment by the database's clock, in UTC. */
export const now: RawBuilder<string> = sql<string>`current_timestamp`

/** The time of the database's clock, `YYYY-MM-DD HH:MM:SS` in UTC. */
export async function readClock<Tables>(db: Kysely<Tables>): Promise<string> {
  const moment = dialectOf(db) === 'postgres' ? sql`localtimestamp` : now
  const { rows } = await sql<{ moment: string }>`select ${moment} as moment`.execute(db)
  if (rows[0] === undefined) throw new Error('The database did not tell the time.')
  return rows[0].moment
}

type Row<Tables, Table extends keyof Tables> = Insertable<Tables[Table]>

/** Writes one row into a table whose key is `id`, and answers it. */
export async function insertId<Tables, Table extends keyof Tables & string>(
  db: Kysely<Tables>,
  table: Table,
  row: Row<Tables, Table>,
): Promise<number> {
  const insert = (db as unknown as Kysely<AnyTables>).insertInto(table).values(row as AnyRow)
  if (dialectOf(db) === 'mysql') return Number((await insert.executeTakeFirstOrThrow()).insertId)
  const { id } = await insert.returning('id').executeTakeFirstOrThrow()
  return Number(id)
}

/** Writes rows, or changes those that are there under the key. The first row names the columns. */
export async function upsert<Tables, Table extends keyof Tables & string>(
  db: Kysely<Tables>,
  table: Table,
  { rows, ...conflict }: Conflict<keyof Tables[Table] & string> & { readonly rows: readonly Row<Tables, Table>[] },
): Promise<void> {
  const [first] = rows
  if (first === undefined) return
  const columns = Object.keys(first)
  const values = (rows as readonly AnyRow[]).map((row) => columns.map((column) => row[column] ?? null))
  await bulkUpsert(db, { ...conflict, table, columns, rows: values })
}

// The types of a table are the caller's business; in here every table has columns of any name.
// biome-ignore lint/suspicious/noExplicitAny: a column's type is not known here.
type AnyRow = Record<string, any>
type AnyTables = Record<string, AnyRow>

/**
 * Locks the rows that a select finds until the transaction ends, where transactions run side by side. On SQLite the
 * transaction has had the right to write since it began.
 */
export function locking<Query extends { forUpdate(): Query }, Tables>(db: Kysely<Tables>): (query: Query) => Query {
  return dialectOf(db) === 'sqlite' ? (query) => query : (query) => query.forUpdate()
}

/** True where a text holds another, whatever the case of its letters. */
export function contains(column: string, part: string): RawBuilder<boolean> {
  const pattern = `%${part.toLowerCase().replaceAll(/[!%_]/g, '!$&')}%`
  return sql<boolean>`lower(${sql.ref(column)}) like ${pattern} escape '!'`
}

/** How often work is begun anew that met others on its way. */
const mostTries = 10

/** Runs a transaction again that the database ended because it and another one waited for each other. */
export async function untilUndisturbed<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work()
    } catch (error) {
      if (tries >= mostTries || !isDeadlock(error)) throw error
    }
  }
}

function isDeadlock(error: unknown): boolean {
  const { code } = Object(error)
  return code === 'ER_LOCK_DEADLOCK' || code === '40P01' || code === '40001'
}

/** True when a write met a row that has its unique key already. */
export function isDuplicate(error: unknown): boolean {
  const { code, errcode } = Object(error)
  // MySQL's name, PostgreSQL's state, and SQLite's two codes for a unique key and for a primary one.
  return code === 'ER_DUP_ENTRY' || code === '23505' || errcode === 2067 || errcode === 1555
}
