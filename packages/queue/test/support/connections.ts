import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Connection } from '../../src/connection.ts'
import { sqlite } from '../../src/connections/sqlite.ts'
import { sync } from '../../src/connections/sync.ts'
import { temporaryFolder } from './temporary-folder.ts'

export const retryAfter = 30

/** A fresh, migrated connection and the power to let time pass for it without waiting. */
export interface OpenedConnection extends AsyncDisposable {
  readonly connection: Connection
  passTime(seconds: number): Promise<void>
}

export interface ConnectionKind {
  readonly name: string
  open(): Promise<OpenedConnection>
}

export const connectionKinds: readonly ConnectionKind[] = [
  { name: 'sync', open: openSync },
  { name: 'sqlite', open: openSqlite },
]

async function openSync(): Promise<OpenedConnection> {
  let now = 1_795_449_605
  const connection = sync({ retryAfter, clock: { now: () => now } })
  return {
    connection,
    passTime: async (seconds) => {
      now += seconds
    },
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  }
}

/** The database's own clock decides what is due, so its rows grow older instead. */
async function openSqlite(): Promise<OpenedConnection> {
  const folder = temporaryFolder()
  const path = join(folder.path, 'queue.sqlite')
  const connection = sqlite(path, { retryAfter })
  await connection.migrate()
  return {
    connection,
    passTime: async (seconds) => {
      const database = new DatabaseSync(path, { timeout: 5000 })
      database.exec(`update jobs set available_at = available_at - ${seconds}, reserved_at = reserved_at - ${seconds}`)
      database.exec(`update failed_jobs set failed_at = datetime(failed_at, '-${seconds} seconds')`)
      database.close()
    },
    [Symbol.asyncDispose]: async () => {
      await connection[Symbol.asyncDispose]()
      folder[Symbol.dispose]()
    },
  }
}
