import { formatNumber, type Text } from '../i18n/locale.ts'
import { type PriceListLine, readLine } from './price-list-cells.ts'
import { type PriceListHeader, readHeader } from './price-list-columns.ts'
import { type DecodedPriceList, decodePriceList, repair } from './price-list-encoding.ts'
import { UnusablePriceListError } from './price-list-errors.ts'
import { type PriceListRecord, readRecords } from './price-list-records.ts'

export interface PriceList {
  /** Lines with something on them behind the header, bad ones included. */
  readonly count: number
  /** One for each SKU, the last good one, in the order of the file. */
  readonly lines: readonly PriceListLine[]
  readonly badLines: readonly BadLine[]
  readonly repeated: readonly RepeatedSku[]
  readonly damaged: readonly DamagedLine[]
  /** Columns of the header that mean nothing to us. */
  readonly ignoredColumns: readonly string[]
}

/** A line that was not imported, and why. */
export interface BadLine {
  readonly line: number
  readonly text: Text
}

/** A SKU that the list states more than once; only the line `used` counts. */
export interface RepeatedSku {
  readonly sku: string
  readonly lines: readonly number[]
  readonly used: number
}

/** A line that was imported although some of its bytes are no letters; they became `�`. */
export interface DamagedLine {
  readonly line: number
  /** Such as `0x90`. */
  readonly bytes: readonly string[]
  readonly name: string
}

const maxLines = 1_000_000

/** Reads the bytes of a CSV price list. Throws an ApplicationError when nothing of it can be used. */
export function readPriceList(bytes: Uint8Array): PriceList {
  const decoded = decodePriceList(bytes)
  const lines = splitLines(decoded.text.normalize('NFC'))
  const headerAt = lines.findIndex((line) => line.trim() !== '')
  const header = readHeader(lines[headerAt] ?? '')
  const reading = readAll(readRecords(lines, header, headerAt + 1), header, decoded.encoding)
  return { ...reading, ...lastOfEachSku(reading.lines), ignoredColumns: header.ignored }
}

/** With the header, and the empty piece behind the last line break, a list of the largest size has two more. */
function splitLines(text: string): readonly string[] {
  const lines = text.split(/\r\n|\n|\r/, maxLines + 3)
  if (lines.length > maxLines + 2) throw new UnusablePriceListError(tooManyLines)
  return lines
}

type Reading = Pick<PriceList, 'count' | 'lines' | 'badLines' | 'damaged'>
type Encoding = DecodedPriceList['encoding']

function readAll(records: Iterable<PriceListRecord>, header: PriceListHeader, encoding: Encoding): Reading {
  const lines: PriceListLine[] = []
  const badLines: BadLine[] = []
  const damaged: DamagedLine[] = []
  for (const record of records) {
    const read = readRecord(record, header, encoding)
    if ('text' in read) badLines.push(read)
    else lines.push(read.product)
    if ('product' in read && read.bytes.length > 0) damaged.push(damagedLine(read.product, read.bytes))
  }
  return { count: lines.length + badLines.length, lines, badLines, damaged }
}

type ReadRecord = BadLine | { readonly product: PriceListLine; readonly bytes: readonly string[] }

function readRecord(record: PriceListRecord, header: PriceListHeader, encoding: Encoding): ReadRecord {
  if ('problem' in record) return { line: record.line, text: record.problem }
  const bytes: string[] = []
  const product = readLine(record.line, (column) => {
    const repaired = repair(record.fields[header.positions[column] ?? -1] ?? '', encoding)
    bytes.push(...repaired.bytes)
    return repaired.text
  })
  return 'es' in product ? { line: record.line, text: product } : { product, bytes }
}

function damagedLine(product: PriceListLine, bytes: readonly string[]): DamagedLine {
  return { line: product.line, bytes, name: product.name }
}

function lastOfEachSku(lines: readonly PriceListLine[]): Pick<PriceList, 'lines' | 'repeated'> {
  const last = new Map<string, PriceListLine>()
  const repeats = new Map<string, number[]>()
  for (const product of lines) {
    const earlier = last.get(product.sku)
    if (earlier) appendLine(repeats, earlier, product.line)
    last.set(product.sku, product)
  }
  return {
    lines: lines.filter((product) => last.get(product.sku) === product),
    repeated: [...repeats].map(([sku, all]) => ({ sku, lines: all, used: all.at(-1) ?? 0 })),
  }
}

function appendLine(repeats: Map<string, number[]>, earlier: PriceListLine, line: number): void {
  const lines = repeats.get(earlier.sku)
  if (lines) lines.push(line)
  else repeats.set(earlier.sku, [earlier.line, line])
}

const tooManyLines = {
  es: `El archivo tiene más de ${formatNumber(maxLines, 'es')} líneas. Divídalo en varias listas.`,
  en: `The file has more than ${formatNumber(maxLines, 'en')} lines. Split it into several lists.`,
}
