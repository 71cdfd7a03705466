import { Readable } from 'node:stream'

type Row = readonly unknown[]

/**
 * Rows in the form in which `load data` reads them. The driver knows them among the parameters and sends them as the file. A
 * column that is the same in all rows is not in the file: the statement sets it.
 */
export class LoadedRows {
  /** Of the file. */
  readonly columns: readonly string[]
  readonly constants: readonly Constant[]
  readonly #bytes: Buffer

  constructor(columns: readonly string[], constants: readonly Constant[], bytes: Buffer) {
    this.columns = columns
    this.constants = constants
    this.#bytes = bytes
  }

  stream(): Readable {
    return Readable.from([this.#bytes])
  }
}

type Constant = readonly [column: string, value: unknown]

/** Puts rows into files as they come, so that nothing is kept of them but bytes. */
export class FileEncoder {
  readonly #columns: readonly string[]
  readonly #files: LoadedRows[] = []
  /** The first ones show which columns are likely to be the same in all. */
  #first: Row[] = []
  #lines: Lines | undefined

  /** `columns`: of the table, in the order of the values of each row. */
  constructor(columns: readonly string[]) {
    this.#columns = columns
  }

  add(row: Row): void {
    if (this.#lines !== undefined) this.#write(this.#lines, row)
    else if (this.#first.push(row) === firstRows) this.#begin()
  }

  /** One file, or more where columns did not stay the same. */
  finish(): readonly LoadedRows[] {
    if (this.#lines === undefined && this.#first.length > 0) this.#begin()
    this.#end()
    return this.#files
  }

  #begin(): void {
    const rows = this.#first
    this.#first = []
    // A file has at least one column.
    const differing = this.#columns.map((_, place) => place === 0 || differs(rows, place))
    const lines = new Lines(differing, rows[0] ?? [])
    this.#lines = lines
    for (const row of rows) lines.add(row)
  }

  #write(lines: Lines, row: Row): void {
    const places = lines.unlike(row)
    if (places.length === 0) {
      lines.add(row)
      return
    }
    this.#end()
    const differing = lines.differing.map((differs, place) => differs || places.includes(place))
    this.#lines = new Lines(differing, row)
    this.#lines.add(row)
  }

  #end(): void {
    if (this.#lines === undefined) return
    this.#files.push(this.#lines.toFile(this.#columns))
    this.#lines = undefined
  }
}

const firstRows = 256

function differs(rows: readonly Row[], place: number): boolean {
  const value = rows[0]?.[place]
  return rows.some((row) => row[place] !== value)
}

/** Line by line into one piece of memory: texts that are put together first take three times as long. */
class Lines {
  /** By the place of the value. */
  readonly differing: readonly boolean[]
  readonly #inFile: readonly number[]
  readonly #constant: readonly number[]
  /** The first row. */
  readonly #model: Row
  #bytes: Buffer = Buffer.allocUnsafe(firstBytes)
  #length = 0

  constructor(differing: readonly boolean[], model: Row) {
    this.differing = differing
    const places = [...differing.keys()]
    this.#inFile = places.filter((place) => differing[place])
    this.#constant = places.filter((place) => !differing[place])
    this.#model = model
  }

  /** The places where a row has another value than all of these. */
  unlike(row: Row): readonly number[] {
    for (const place of this.#constant) {
      if (row[place] !== this.#model[place]) return this.#constant.filter((each) => row[each] !== this.#model[each])
    }
    return nowhere
  }

  add(row: Row): void {
    const line = lineOf(row, this.#inFile)
    const most = this.#length + line.length * mostBytesOfCharacter
    if (most > this.#bytes.length) this.#bytes = Buffer.concat([this.#bytes.subarray(0, this.#length)], 2 * most)
    this.#length += this.#bytes.write(line, this.#length)
  }

  toFile(columns: readonly string[]): LoadedRows {
    const named = (places: readonly number[]) => places.map((place) => columns[place] ?? '')
    const constants = this.#constant.map((place): Constant => [columns[place] ?? '', this.#model[place]])
    return new LoadedRows(named(this.#inFile), constants, this.#bytes.subarray(0, this.#length))
  }
}

const nowhere: readonly number[] = []
const firstBytes = 64 * 1024
/** In UTF-8, for each unit of a JavaScript string. */
const mostBytesOfCharacter = 3

function lineOf(row: Row, places: readonly number[]): string {
  let line = ''
  let end = ''
  for (const place of places) {
    line += end + fieldOf(row[place])
    end = '\t'
  }
  return `${line}\n`
}

function fieldOf(value: unknown): string {
  if (value === null) return '\\N'
  if (typeof value === 'number') return `${value}`
  const text = String(value)
  return /[\\\t\n]/.test(text) ? text.replaceAll(/[\\\t\n]/g, '\\$&') : text
}

/** The server did not take the rows as they are, or takes none in this form at all: they are to be written otherwise. */
export class LoadRefusedError extends Error {
  constructor(options?: ErrorOptions) {
    super('The server did not take the rows as a file.', options)
    this.name = 'LoadRefusedError'
  }
}

/** Numbers stand for the characters, so that they are the same under every `sql_mode`. */
export const loadFormat = 'character set utf8mb4 fields terminated by 0x09 escaped by 0x5c lines terminated by 0x0a'
