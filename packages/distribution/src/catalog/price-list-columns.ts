import { MissingColumnsError, quoted, RepeatedColumnError } from './price-list-errors.ts'
import { splitRecord } from './price-list-records.ts'

/** The names that a column may have in the header, in any case, with or without accents and spaces. */
export const columnNames = {
  sku: ['sku', 'codigo'],
  name: ['nombre', 'detalle', 'descripcion', 'producto'],
  price: ['precio', 'costo'],
  category: ['categoria'],
  tax: ['iva', 'impuesto'],
  brand: ['marca'],
  unit: ['unidad'],
  image: ['imagen'],
  status: ['estado'],
} as const

export type Column = keyof typeof columnNames

export interface PriceListHeader {
  readonly delimiter: Delimiter
  /** How many columns a line has. */
  readonly width: number
  /** Where each known column stands. */
  readonly positions: Readonly<Partial<Record<Column, number>>>
  /** Columns that mean nothing to us. */
  readonly ignored: readonly string[]
}

export type Delimiter = (typeof delimiters)[number]

const delimiters = [';', ',', '\t'] as const
const required = ['sku', 'name', 'price'] as const

/** Reads the header line; the delimiter is the one under which most columns have a known name. */
export function readHeader(line: string): PriceListHeader {
  const candidates = delimiters.map((delimiter) => headerWith(line, delimiter))
  const header = candidates.reduce((best, other) => (knownColumns(other) > knownColumns(best) ? other : best))
  refuseRepeated(header)
  if (!required.every((column) => header.columns.includes(column))) throw missingColumns(header.names)
  return {
    delimiter: header.delimiter,
    width: header.names.length,
    positions: Object.fromEntries(header.columns.flatMap((column, index) => (column ? [[column, index]] : []))),
    ignored: header.names.filter((name, index) => name !== '' && !header.columns[index]),
  }
}

interface Candidate {
  readonly delimiter: Delimiter
  readonly names: readonly string[]
  readonly columns: readonly (Column | undefined)[]
}

function headerWith(line: string, delimiter: Delimiter): Candidate {
  const split = splitRecord(line, delimiter)
  const names = withoutEmptyEnd(split.ok ? split.fields : [line])
  return { delimiter, names, columns: names.map(columnOf) }
}

/** Spreadsheets write empty columns after the last one. */
function withoutEmptyEnd(names: readonly string[]): readonly string[] {
  return names.slice(0, names.findLastIndex((name) => name !== '') + 1)
}

function columnOf(name: string): Column | undefined {
  const plain = name
    .normalize('NFD')
    .replaceAll(/[\p{M}\s_]/gu, '')
    .toLowerCase()
  return columnOfName.get(plain)
}

const columnOfName: ReadonlyMap<string, Column> = new Map(
  allColumns().flatMap((column) => columnNames[column].map((name) => [name, column])),
)

function allColumns(): readonly Column[] {
  return ['sku', 'name', 'price', 'category', 'tax', 'brand', 'unit', 'image', 'status']
}

function knownColumns(candidate: Candidate): number {
  return candidate.columns.filter((column) => column !== undefined).length
}

function refuseRepeated({ names, columns }: Candidate): void {
  for (const column of allColumns()) {
    const same = names.filter((_, index) => columns[index] === column)
    if (same.length > 1) throw new RepeatedColumnError(same)
  }
}

function missingColumns(found: readonly string[]): MissingColumnsError {
  const shown = found.slice(0, 20).map(quoted).join(', ') || '«»'
  const accepted = required.map((column) => columnNames[column].join('|')).join(' · ')
  return new MissingColumnsError(
    {
      es: `La primera línea tiene las columnas ${shown}, y hacen falta tres con estos nombres: ${accepted}. Corrija el encabezado e intente de nuevo.`,
      en: `The first line has the columns ${shown}, and three are needed with these names: ${accepted}. Correct the header and try again.`,
    },
    found,
  )
}
