import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Kysely, type LogEvent } from 'kysely'
import type { CentralTables } from './central-tables.ts'
import { nodeSqliteDialect } from './node-sqlite-dialect.ts'

export type CentralDatabase = Kysely<CentralTables>

/** Opens the central database, making the file and its folder when they are missing. `log` sees every statement. */
export async function openCentral(path: string, log?: (event: LogEvent) => void): Promise<CentralDatabase> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  return new Kysely<CentralTables>({ dialect: nodeSqliteDialect(path), ...(log && { log }) })
}
