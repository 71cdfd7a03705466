import type { SqlValue } from '../../connection.ts'
import type { Dialect, Executor } from '../../drivers/driver.ts'

const rowsPerStatement = 10_000

export interface Deletion {
  readonly table: 'jobs' | 'failed_jobs'
  readonly where: string
  readonly parameters: readonly SqlValue[]
}

/** Deletes any number of rows, none of whose statements takes long; answers how many. */
export async function deleteInPieces(
  executor: Executor,
  dialect: Dialect,
  { table, where, parameters }: Deletion,
): Promise<number> {
  const some = dialect.oneOfSelect(`select id from ${table} where ${where} limit ${rowsPerStatement}`)
  for (let deleted = 0; ; ) {
    const { changes } = await executor.query(`delete from ${table} where id ${some}`, parameters)
    deleted += changes
    if (changes < rowsPerStatement) return deleted
  }
}
