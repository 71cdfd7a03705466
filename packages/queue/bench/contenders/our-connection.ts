import { join } from 'node:path'
import type { Connection } from '../../src/index.ts'
import { type Place, serverOf } from '../place.ts'

/** So long that a reservation the bench leaves lying never expires within a run. */
const retryAfter = 3_600

/** Our connection to a place. Each driver is loaded only where it is measured. */
export async function connectTo(place: Place): Promise<Connection> {
  if (place.database === 'mariadb') {
    const { mysql } = await import('../../src/connections/mysql.ts')
    return mysql(serverOf(place), { retryAfter })
  }
  if (place.database === 'postgres') {
    const { postgres } = await import('../../src/connections/postgres.ts')
    return postgres(serverOf(place), { retryAfter })
  }
  const { sqlite } = await import('../../src/connections/sqlite.ts')
  return sqlite(sqliteFile(place), { retryAfter })
}

/** The file of a place on SQLite. */
export function sqliteFile(place: Place): string {
  return join(place.folder, 'jobs.sqlite')
}

/** Makes our tables and indexes, which the bare loops and Laravel work on too. */
export async function makeTables(place: Place): Promise<void> {
  await using connection = await connectTo(place)
  await connection.migrate()
}
