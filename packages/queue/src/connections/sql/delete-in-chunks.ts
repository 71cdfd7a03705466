import type { Executor, Fragment } from '../../drivers/driver.ts'

const chunkSize = 1_000

/**
 * Deletes rows a thousand at a time. Their ids are read without locks, so that nobody waits for the look; a row that no
 * longer fits when its turn comes (a job that failed again meanwhile) stays.
 */
export async function deleteInChunks(executor: Executor, table: string, where: Fragment): Promise<number> {
  let deleted = 0
  for (;;) {
    const { rows } = await executor.query(
      `select id from ${table} where ${where.sql} order by id limit ${chunkSize}`,
      where.parameters,
    )
    if (rows.length > 0) deleted += await deleteRows(executor, table, { where, ids: rows.map(({ id }) => String(id)) })
    if (rows.length < chunkSize) return deleted
  }
}

interface Chunk {
  readonly where: Fragment
  readonly ids: readonly string[]
}

async function deleteRows(executor: Executor, table: string, { where, ids }: Chunk): Promise<number> {
  const { changes } = await executor.query(
    `delete from ${table} where id in (${ids.map(() => '?').join(', ')}) and ${where.sql}`,
    [...ids, ...where.parameters],
  )
  return changes
}
