import type { Row } from '../connection.ts'
import type { ReadOnlyDatabase } from '../read-only-database.ts'
import { lookAtBeginning, lookAtPayload, type StoredPayload } from './stored-payload.ts'

/** How many of a table's rows were looked at. */
export interface Sample {
  readonly seen: number
  readonly total: number
}

export interface ScannedRow {
  readonly id: string
  /** Of the payload. */
  readonly bytes: number
  readonly payload: StoredPayload
  readonly row: Row
}

export interface ScanPlan {
  readonly table: string
  /** Beside id and payload. */
  readonly columns: readonly string[]
  readonly maxRows: number
  /** By `performance.now()`: what was seen until then counts. */
  readonly untilMs: number
}

/** A page is held in memory: what is longer than this is read at its beginning only. */
const maxPayloadBytes = 32_768
const beginningCharacters = 4_096
const pageRows = 500

/**
 * Walks a table of any size by its ids, page by page, in bounded memory. Of a table with more than `maxRows` it takes pages
 * that lie evenly between the first and the last id.
 */
export async function scanRows(
  database: ReadOnlyDatabase,
  plan: ScanPlan,
  onRow: (row: ScannedRow) => void,
): Promise<Sample> {
  const { total, first, last } = await readBounds(database, plan.table)
  if (total === 0 || !Number.isSafeInteger(first) || !Number.isSafeInteger(last)) return { seen: 0, total }
  const step = total > plan.maxRows ? (last - first) / Math.ceil(plan.maxRows / pageRows) : 0
  const select = selectOf(database, plan)
  let seen = 0
  for (let page = 0, after = first - 1; performance.now() < plan.untilMs && seen < plan.maxRows; page += 1) {
    const rows = await database.query(select, [String(after)])
    for (const row of rows) onRow(scannedRow(row))
    seen += rows.length
    if (rows.length < pageRows) break
    after = Math.max(Number(rows.at(-1)?.id), Math.floor(first + step * (page + 1)) - 1)
  }
  return { seen, total: Math.max(total, seen) }
}

async function readBounds(database: ReadOnlyDatabase, table: string) {
  const [row] = await database.query(`select count(*) as total, min(id) as first_id, max(id) as last_id from ${table}`)
  return { total: Number(row?.total), first: Number(row?.first_id), last: Number(row?.last_id) }
}

function selectOf({ kind }: ReadOnlyDatabase, { table, columns }: ScanPlan): string {
  const payload = kind === 'postgres' ? 'payload::text' : 'payload'
  return `select id, ${columns.map((column) => `${column}, `).join('')}octet_length(${payload}) as bytes,
      case when octet_length(${payload}) <= ${maxPayloadBytes} then ${payload}
        else substr(${payload}, 1, ${beginningCharacters}) end as content
    from ${table}
    where id > ?
    order by id
    limit ${pageRows}`
}

function scannedRow(row: Row): ScannedRow {
  const bytes = Number(row.bytes)
  const text = textOf(row.content)
  return {
    id: String(row.id),
    bytes,
    payload: bytes > maxPayloadBytes ? lookAtBeginning(text) : lookAtPayload(text),
    row,
  }
}

function textOf(content: unknown): string {
  return content instanceof Uint8Array ? Buffer.from(content).toString() : String(content)
}
