import type { CentralDatabase } from '../database/open-central.ts'
import { type ChunkResult, importChunk } from './import-chunk.ts'
import { type BadLine, type DamagedLine, type PriceList, type RepeatedSku, readPriceList } from './price-list.ts'
import type { PriceListLine } from './price-list-cells.ts'

/** What an import did. created + updated + unchanged + deleted = products named by the good lines. */
export interface ImportReport {
  /** Lines of the list behind its header, bad ones included, blank ones not. */
  readonly lines: number
  readonly created: number
  readonly updated: number
  readonly unchanged: number
  /** Price rows written. */
  readonly prices: number
  /** Products of the list that have no price. */
  readonly withoutPrice: number
  readonly badLines: readonly BadLine[]
  readonly repeated: readonly RepeatedSku[]
  readonly damaged: readonly DamagedLine[]
  /** Products that somebody deleted; the list does not bring them back. */
  readonly deleted: readonly DeletedProduct[]
  /** Columns of the header that mean nothing to us. */
  readonly ignoredColumns: readonly string[]
}

export interface DeletedProduct {
  readonly line: number
  readonly sku: string
}

export interface ImportRequest {
  readonly distributorId: string
  /** The price list as it lies on disk. */
  readonly bytes: Uint8Array
  /** Products done so far, of how many. */
  onProgress?(done: number, total: number): void
}

const chunkLines = 1_000

/**
 * Brings a distributor's catalogue to what a price list states. Each 1,000 lines are one transaction, so an import that is
 * cut short is continued by running it again; on a transaction that is already open all of it belongs to that one.
 */
export async function importCatalog(
  deps: { readonly central: CentralDatabase },
  request: ImportRequest,
): Promise<ImportReport> {
  const list = readPriceList(request.bytes)
  const results: ChunkResult[] = []
  for (let from = 0; from < list.lines.length; from += chunkLines) {
    const lines = list.lines.slice(from, from + chunkLines)
    results.push(await inTransaction(deps.central, (trx) => importChunk(trx, request.distributorId, lines)))
    request.onProgress?.(from + lines.length, list.lines.length)
  }
  return report(list, results)
}

function inTransaction<Result>(db: CentralDatabase, work: (trx: CentralDatabase) => Promise<Result>): Promise<Result> {
  return db.isTransaction ? work(db) : db.transaction().execute(work)
}

function report(list: PriceList, results: readonly ChunkResult[]): ImportReport {
  const sum = (count: (result: ChunkResult) => number) => results.reduce((total, result) => total + count(result), 0)
  return {
    lines: list.count,
    created: sum(({ plan }) => plan.inserts.length),
    updated: sum(({ plan }) => plan.updated),
    unchanged: sum(({ plan }) => plan.unchanged),
    prices: sum(({ plan }) => plan.prices.length),
    withoutPrice: sum(({ plan }) => plan.withoutPrice),
    badLines: list.badLines,
    repeated: list.repeated,
    damaged: list.damaged,
    deleted: results.flatMap((result) => result.deleted.map(deletedProduct)),
    ignoredColumns: list.ignoredColumns,
  }
}

function deletedProduct({ line, sku }: PriceListLine): DeletedProduct {
  return { line, sku }
}
