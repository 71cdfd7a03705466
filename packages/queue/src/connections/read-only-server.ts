import type { Row, SqlValue } from '../connection.ts'
import type { Executor } from '../drivers/driver.ts'
import type { ReadOnlyDatabase } from '../read-only-database.ts'
import type { Address } from './address.ts'

/** Seconds that one look may take: one session is enough, and a table may be large. */
export const readOnlyOptions = { connections: 1, deadlineSeconds: 15 } as const

type ReadOnlyServer = Pick<ReadOnlyDatabase, 'kind' | 'query'> & { readonly driver: AsyncDisposable }

/** `query` must be refused by the server when it would write. */
export function readOnlyServer(address: Address, { kind, query, driver }: ReadOnlyServer): ReadOnlyDatabase {
  const { host, port, database } = address
  const place = port === undefined ? host : `${host}:${port}`
  return {
    kind,
    label: `${database} at ${place}`,
    query,
    [Symbol.asyncDispose]: () => driver[Symbol.asyncDispose](),
  }
}

/** A transaction of its own for one statement, which PostgreSQL holds to reading. */
export async function inReadOnlyTransaction(
  executor: Executor,
  sql: string,
  parameters: readonly SqlValue[] | undefined,
): Promise<readonly Row[]> {
  await executor.query('set transaction read only')
  return (await executor.query(sql, parameters)).rows
}
