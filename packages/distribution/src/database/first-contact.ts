import type { Connection } from '@surtidor/queue'
import { sql } from 'kysely'
import type { CentralDatabase } from './open-central.ts'

/**
 * Asks a central database that was just opened for the first time. What keeps it from being used, a connection of the queue to the
 * same place says: throws its `DatabaseUnusableError` then.
 */
export async function contact(central: CentralDatabase, connect: () => Promise<Connection>): Promise<void> {
  try {
    await sql`select 1`.execute(central)
  } catch (error) {
    await central.destroy()
    await using connection = await connect()
    await connection.now()
    throw error
  }
}
