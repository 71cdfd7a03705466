import type { ColumnType } from './dialect.ts'

type Row = readonly unknown[]

export interface EncodedColumns {
  /** In the order of the values of each row. */
  readonly columns: readonly string[]
  /** Of each column. */
  readonly types: readonly ColumnType[]
}

/**
 * Rows as the command of MariaDB's protocol has them that executes one prepared statement for each (`COM_STMT_BULK_EXECUTE`).
 * The driver knows them among the parameters.
 */
export class BulkParameters {
  readonly #packet: Buffer

  constructor(packet: Buffer) {
    this.#packet = packet
  }

  /**
   * The whole packet but for its header, the four bytes at its beginning. It is no copy: a caller sends it over one connection at a
   * time.
   */
  packetFor(statementId: number): Buffer {
    this.#packet.writeUInt32LE(statementId, statementAt)
    return this.#packet
  }
}

/** Puts rows into packets as they come, so that nothing is kept of them but bytes. */
export class BulkEncoder {
  readonly #columns: EncodedColumns
  readonly #head: Buffer
  readonly #packets: BulkParameters[] = []
  #packet: Packet | undefined

  constructor(columns: EncodedColumns) {
    this.#columns = columns
    this.#head = headOf(columns.types)
  }

  /** Throws `RangeError` for a number that is no whole one, or does not fit; nothing can be added then any more. */
  add(row: Row): void {
    this.#packet ??= new Packet(this.#head)
    this.#packet.add(row, this.#columns)
    if (this.#packet.length >= enoughBytes) this.#end()
  }

  /** One packet, or more where one would be too large. */
  finish(): readonly BulkParameters[] {
    this.#end()
    return this.#packets
  }

  #end(): void {
    if (this.#packet) this.#packets.push(new BulkParameters(this.#packet.bytes()))
    this.#packet = undefined
  }
}

/** Servers are often told to take no more than a mebibyte at once (`max_allowed_packet`), which leaves room for one more row. */
const enoughBytes = 896 * 1024

const headerBytes = 4
const commandAt = headerBytes
const statementAt = commandAt + 1
const flagsAt = statementAt + 4
const typesAt = flagsAt + 2
const bulkCommand = 0xfa
/** The types of the values are in the packet. */
const withTypes = 128
const wireTypes: Readonly<Record<ColumnType, number>> = { int: 3, bigint: 8, text: 0xfd }

function headOf(types: readonly ColumnType[]): Buffer {
  const head = Buffer.alloc(typesAt + 2 * types.length)
  head.writeUInt8(bulkCommand, commandAt)
  head.writeUInt16LE(withTypes, flagsAt)
  for (const [index, type] of types.entries()) head.writeUInt8(wireTypes[type], typesAt + 2 * index)
  return head
}

/** What stands before each value. */
const aValue = 0
const noValue = 1

class Packet {
  #bytes: Buffer = Buffer.allocUnsafe(64 * 1024)
  #length: number

  constructor(head: Buffer) {
    this.#length = head.copy(this.#bytes)
  }

  get length(): number {
    return this.#length
  }

  bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  add(row: Row, { columns, types }: EncodedColumns): void {
    for (let place = 0; place < types.length; place += 1) {
      const value = row[place] ?? null
      if (value === null) this.#addNull()
      else if (types[place] === 'text') this.#addText(String(value))
      else if (types[place] === 'int') this.#addInt(Number(value), columns[place])
      else this.#addBigint(Number(value), columns[place])
    }
  }

  #addNull(): void {
    const bytes = this.#withRoomFor(1)
    bytes[this.#length++] = noValue
  }

  #addInt(value: number, column: string | undefined): void {
    if ((value | 0) !== value) throw new RangeError(`${column}: ${value} is no whole number of four bytes.`)
    const bytes = this.#withRoomFor(1 + 4)
    bytes[this.#length] = aValue
    this.#length = bytes.writeInt32LE(value, this.#length + 1)
  }

  #addBigint(value: number, column: string | undefined): void {
    if (!Number.isSafeInteger(value))
      throw new RangeError(`${column}: ${value} is no whole number that is known exactly.`)
    const bytes = this.#withRoomFor(1 + 8)
    bytes[this.#length] = aValue
    const upper = bytes.writeInt32LE(value | 0, this.#length + 1)
    this.#length = bytes.writeInt32LE(Math.floor(value / 2 ** 32), upper)
  }

  #addText(text: string): void {
    const bytes = this.#withRoomFor(1 + mostLengthBytes + text.length * mostBytesOfCharacter)
    bytes[this.#length++] = aValue
    if (text.length > mostShort) this.#addLongText(bytes, text)
    else {
      const at = this.#length + 1
      const end = at + writeShort(bytes, text, at)
      bytes[at - 1] = end - at
      this.#length = end
    }
  }

  #addLongText(bytes: Buffer, text: string): void {
    // A length of three bytes is none that the server would write itself for a short text, but it reads it.
    bytes[this.#length] = lengthOfThreeBytes
    const at = this.#length + 4
    const length = bytes.write(text, at)
    bytes.writeUIntLE(length, at - 3, 3)
    this.#length = at + length
  }

  #withRoomFor(more: number): Buffer {
    const needed = this.#length + more
    if (needed > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, 2 * this.#bytes.length))
      this.#bytes.copy(larger, 0, 0, this.#length)
      this.#bytes = larger
    }
    return this.#bytes
  }
}

/** In UTF-8, for each unit of a JavaScript string. */
const mostBytesOfCharacter = 3
/** Of the length that stands before a text: up to 250 it is one byte. */
const mostLengthBytes = 4
const lengthOfThreeBytes = 0xfd
/** Whatever its characters are, its length is one byte then. */
const mostShort = Math.floor(250 / mostBytesOfCharacter)

/** For so few letters a call out of JavaScript takes longer than they do. Answers how many bytes it wrote. */
function writeShort(bytes: Buffer, text: string, start: number): number {
  let at = start
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index)
    if (unit < 0x80) bytes[at++] = unit
    else if (unit < 0x800) {
      bytes[at++] = 0xc0 | (unit >> 6)
      bytes[at++] = 0x80 | (unit & 0x3f)
    } else return bytes.write(text, start)
  }
  return at - start
}
