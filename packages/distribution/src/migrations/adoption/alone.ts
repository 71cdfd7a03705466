import { type Kysely, sql } from 'kysely'
import { takeNamedLock } from '../../database/named-lock.ts'

/**
 * Does work that of several who want it at once only one may do, in this database of MariaDB or MySQL: the others wait. Stores of
 * the original application have their products in one database, and are migrated side by side.
 */
export async function alone<Tables, Result>(
  db: Kysely<Tables>,
  work: (db: Kysely<Tables>) => Promise<Result>,
): Promise<Result> {
  return db.connection().execute(async (connection) => {
    await takeNamedLock(connection, lockName)
    try {
      return await work(connection)
    } finally {
      await sql`select release_lock(${lockName})`.execute(connection)
    }
  })
}

/** A lock's name has 64 characters at most, and so has a database's. */
const lockName = sql`concat('surtidor adopt ', sha1(database()))`
