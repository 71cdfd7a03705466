import type { QueryResult } from '../connection.ts'

/**
 * What the clients answer to a statement: `pg` an object with rows, `mysql2` a header or rows followed by the columns,
 * others the rows or the changes alone.
 */
export function readResult(result: unknown): QueryResult {
  if (Array.isArray(result)) return isMysql(result) ? readResult(result[0]) : { rows: result, changes: result.length }
  if (typeof result !== 'object' || result === null) return { rows: [], changes: 0 }
  const rows = 'rows' in result && Array.isArray(result.rows) ? result.rows : []
  return { rows, changes: Number(countOf(result) ?? rows.length) }
}

function isMysql([first]: readonly unknown[]): boolean {
  return Array.isArray(first) || (typeof first === 'object' && first !== null && 'affectedRows' in first)
}

function countOf(result: object): unknown {
  if ('affectedRows' in result) return result.affectedRows
  if ('rowCount' in result) return result.rowCount
  return 'changes' in result ? result.changes : undefined
}
