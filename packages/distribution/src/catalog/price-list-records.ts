import { CsvError, parse } from 'csv-parse/sync'
import type { Text } from '../i18n/locale.ts'

/**
 * Cuts a price list into records. A parser that reads the whole file takes everything behind a forgotten quote for one
 * cell; here each record is found first and parsed alone. While its quotes are open a record grows by the next line, up to
 * ten. It is given up, and its first line alone is bad, when the quotes never close, when what they closed is no record, or
 * when a line inside them is a record of its own.
 */
export interface RecordFormat {
  readonly delimiter: string
  /** Columns of the header. */
  readonly width: number
}

/** `line` is physical, the header's being 1. */
export type PriceListRecord =
  | { readonly line: number; readonly fields: readonly string[] }
  | { readonly line: number; readonly problem: Text }

const maxLines = 10
const maxCharacters = 100_000

/** The records behind the header, without the blank ones. */
export function* readRecords(lines: readonly string[], format: RecordFormat, from: number): Generator<PriceListRecord> {
  let index = from
  while (index < lines.length) {
    const { record, size } = recordAt(lines, index, format)
    if (record) yield record
    index += size
  }
}

export type SplitRecord =
  | { readonly ok: true; readonly fields: readonly string[] }
  | { readonly ok: false; readonly isOpen: boolean }

/** The trimmed cells of one record; not ok, and open, while a quote is missing at its end. */
export function splitRecord(text: string, delimiter: string): SplitRecord {
  // Without a quote there is nothing to parse, and most lines have none.
  if (!text.includes('"')) return { ok: true, fields: text.split(delimiter).map((field) => field.trim()) }
  const strict = tryParse(text, delimiter, false)
  // A quote inside a bare cell is an inch mark: TUBO 1/2" X 3 M.
  return strict.ok || strict.code !== 'INVALID_OPENING_QUOTE' ? strict : tryParse(text, delimiter, true)
}

interface FoundRecord {
  readonly record?: PriceListRecord
  readonly size: number
}

function recordAt(lines: readonly string[], index: number, format: RecordFormat): FoundRecord {
  if (lines[index]?.trim() === '') return { size: 1 }
  const grown = growRecord(lines, index, format)
  if (!grown) return { record: { line: index + 1, problem: badQuotes }, size: 1 }
  return { ...checkedRecord(index + 1, grown.fields, format.width), size: grown.size }
}

interface GrownRecord {
  readonly fields: readonly string[]
  readonly size: number
}

function growRecord(lines: readonly string[], index: number, format: RecordFormat): GrownRecord | undefined {
  // A cell that opened behind the first one ends on a line with fewer cells; in the first one, the line that closes it looks
  // like a record with an inch mark.
  const canHaveInches = !lines[index]?.trimStart().startsWith('"')
  for (let size = 1; size <= maxLines; size += 1) {
    const split = splitRecord(lines.slice(index, index + size).join('\n'), format.delimiter)
    if (split.ok) return size === 1 || hasWidth(split.fields, format.width) ? { fields: split.fields, size } : undefined
    const next = lines[index + size]
    if (!split.isOpen || next === undefined || isRecord(next, format, canHaveInches)) return undefined
  }
  return undefined
}

function isRecord(line: string, format: RecordFormat, canHaveInches: boolean): boolean {
  const split = canHaveInches ? splitRecord(line, format.delimiter) : tryParse(line, format.delimiter, false)
  return split.ok && hasWidth(split.fields, format.width)
}

function checkedRecord(line: number, fields: readonly string[], width: number): Pick<FoundRecord, 'record'> {
  if (fields.every((field) => field === '')) return {}
  if (hasWidth(fields, width)) return { record: { line, fields } }
  return { record: { line, problem: wrongWidth(fields.length, width) } }
}

/** Empty cells behind the last column are what spreadsheets leave there. */
function hasWidth(fields: readonly string[], width: number): boolean {
  return fields.length >= width && fields.slice(width).every((field) => field === '')
}

type Parsed = SplitRecord & { readonly code?: string }

function tryParse(text: string, delimiter: string, relaxed: boolean): Parsed {
  if (text.length > maxCharacters) return { ok: false, isOpen: false }
  try {
    const records = parse(text, { delimiter, record_delimiter: '\n', relax_quotes: relaxed, trim: delimiter !== '\t' })
    return { ok: true, fields: (records[0] ?? []).map((field) => field.trim()) }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    return { ok: false, isOpen: error.code === 'CSV_QUOTE_NOT_CLOSED', code: error.code }
  }
}

const badQuotes = {
  es: 'Las comillas no cierran bien. Escriba dos (“”) donde el texto lleve una, o quítelas.',
  en: 'The quotes do not close properly. Write two where the text has one, or take them out.',
}

function wrongWidth(found: number, expected: number): Text {
  return {
    es: `Tiene ${found} columnas y el encabezado ${expected}. Ponga entre comillas el texto que lleve el separador.`,
    en: `It has ${found} columns and the header ${expected}. Put quotes round a text that holds the separator.`,
  }
}
