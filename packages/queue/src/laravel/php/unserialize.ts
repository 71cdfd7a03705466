import { InvalidPayloadError } from '../../errors.ts'
import type { PhpKey, PhpProperty, PhpValue } from './value.ts'

/** So deep may values be nested, so many may there be, and so many bytes long may the text be. */
export const phpLimits = { depth: 64, values: 100_000, bytes: 8_388_608 } as const

/**
 * Reads what PHP's `serialize` wrote. Lengths count bytes, so it works on bytes. It builds no objects and runs nothing, and
 * takes no more memory than the text is long, whatever counts the text claims. Throws `InvalidPayloadError`.
 */
export function unserialize(serialized: string | Uint8Array): PhpValue {
  const bytes = typeof serialized === 'string' ? Buffer.from(serialized) : Buffer.from(serialized)
  if (bytes.length > phpLimits.bytes) {
    throw new InvalidPayloadError(`its serialized command has ${bytes.length} bytes, more than ${phpLimits.bytes}`)
  }
  const reader = new Reader(bytes)
  const value = reader.value(0)
  reader.end()
  return value
}

const fatalUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

class Reader {
  readonly #bytes: Buffer
  #at = 0
  #values = 0
  /** Those that a reference may mean. */
  #slots = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  value(depth: number): PhpValue {
    if (depth > phpLimits.depth) this.#fail(`is nested deeper than ${phpLimits.depth} levels`)
    this.#values += 1
    if (this.#values > phpLimits.values) this.#fail(`has more than ${phpLimits.values} values`)
    const letter = this.#letter()
    if (letter !== 'R') this.#slots += 1
    switch (letter) {
      case 'N':
        this.#expect(';')
        return null
      case 'b':
        return this.#boolean()
      case 'i':
        return this.#wholeNumber()
      case 'd':
        return this.#float()
      case 's':
        return this.#string()
      case 'a':
        return this.#array(depth)
      case 'O':
        return this.#object(depth)
      case 'E':
        return this.#enum()
      case 'C':
        return this.#custom()
      case 'R':
      case 'r':
        return this.#reference(letter)
      default:
        return this.#fail('has a type that is not known')
    }
  }

  end(): void {
    if (this.#at !== this.#bytes.length) this.#fail('goes on after its end')
  }

  #boolean(): boolean {
    this.#expect(':')
    const text = this.#until(';', 1)
    if (text !== '0' && text !== '1') this.#fail('has a boolean that is neither 0 nor 1')
    return text === '1'
  }

  #wholeNumber(): number | bigint {
    this.#expect(':')
    const text = this.#until(';', 20)
    if (!/^[+-]?\d+$/.test(text)) this.#fail('has a whole number that is none')
    const number = Number(text)
    if (Number.isSafeInteger(number)) return number
    const exact = BigInt(text)
    if (exact !== BigInt.asIntN(64, exact)) this.#fail('has a whole number beyond 64 bits')
    return exact
  }

  #float(): PhpValue {
    this.#expect(':')
    const text = this.#until(';', 40)
    const named = namedFloats.get(text)
    if (named === undefined && !/^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(text))
      this.#fail('has a float that is none')
    return { php: 'float', value: named ?? Number(text) }
  }

  #string(): string | Uint8Array {
    const bytes = this.#quoted()
    this.#expect(';')
    return textOf(bytes) ?? new Uint8Array(bytes)
  }

  #array(depth: number): PhpValue {
    this.#expect(':')
    const count = this.#count(':')
    const entries: [PhpKey, PhpValue][] = []
    this.#expect('{')
    for (let read = 0; read < count; read += 1) entries.push([this.#key(), this.value(depth + 1)])
    this.#expect('}')
    return { php: 'array', entries }
  }

  #object(depth: number): PhpValue {
    const className = this.#className()
    this.#expect(':')
    const count = this.#count(':')
    const properties: PhpProperty[] = []
    this.#expect('{')
    for (let read = 0; read < count; read += 1) {
      const mangled = String(this.#key())
      properties.push({ ...this.#property(mangled), value: this.value(depth + 1) })
    }
    this.#expect('}')
    return { php: 'object', className, properties }
  }

  /** Public is `name`, protected `\0*\0name`, private `\0Class\0name`. */
  #property(mangled: string): Omit<PhpProperty, 'value'> {
    if (!mangled.startsWith('\0')) return { name: mangled, visibility: 'public' }
    const end = mangled.indexOf('\0', 1)
    if (end < 2) this.#fail('has a property whose name is damaged')
    const owner = mangled.slice(1, end)
    const name = mangled.slice(end + 1)
    return owner === '*' ? { name, visibility: 'protected' } : { name, visibility: 'private', declaredBy: owner }
  }

  #enum(): PhpValue {
    const text = this.#text(this.#quoted())
    this.#expect(';')
    const colon = text.lastIndexOf(':')
    if (colon < 1) this.#fail('has an enum without a case')
    return { php: 'enum', className: text.slice(0, colon), caseName: text.slice(colon + 1) }
  }

  #custom(): PhpValue {
    const className = this.#className()
    this.#expect(':')
    const length = this.#count(':')
    this.#expect('{')
    const data = new Uint8Array(this.#take(length))
    this.#expect('}')
    return { php: 'custom', className, data }
  }

  #reference(letter: 'R' | 'r'): PhpValue {
    this.#expect(':')
    const slot = this.#count(';')
    const before = letter === 'R' ? this.#slots : this.#slots - 1
    if (slot < 1 || slot > before) this.#fail('refers to a value that is not there')
    return { php: 'reference', letter, slot }
  }

  #key(): PhpKey {
    const letter = this.#letter()
    if (letter === 'i') return this.#wholeNumber()
    if (letter !== 's') this.#fail('has a key that is neither text nor a whole number')
    const text = this.#text(this.#quoted())
    this.#expect(';')
    return text
  }

  #className(): string {
    const name = this.#text(this.#quoted())
    if (name.length > 1_000 || name === '') this.#fail('has a class without a usable name')
    return name
  }

  /** `:12:"…"`, whatever is between the quotes. */
  #quoted(): Buffer {
    this.#expect(':')
    const length = this.#count(':')
    this.#expect('"')
    const bytes = this.#take(length)
    this.#expect('"')
    return bytes
  }

  #text(bytes: Buffer): string {
    return textOf(bytes) ?? this.#fail('has a name that is no text')
  }

  /** A count or a length; what is left of the text has at least a byte for each. */
  #count(end: string): number {
    const text = this.#until(end, 10)
    if (!/^\d+$/.test(text)) this.#fail('has a length that is none')
    const count = Number(text)
    if (count > this.#bytes.length) this.#fail('claims to be longer than it is')
    return count
  }

  #take(length: number): Buffer {
    const end = this.#at + length
    if (end > this.#bytes.length) this.#fail('is cut off')
    const bytes = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return bytes
  }

  #letter(): string {
    if (this.#at >= this.#bytes.length) this.#fail('is cut off')
    const letter = String.fromCharCode(this.#bytes[this.#at] ?? 0)
    this.#at += 1
    return letter
  }

  #until(end: string, maxLength: number): string {
    const from = this.#at
    const window = this.#bytes.subarray(from, from + maxLength + 1)
    const length = window.indexOf(end)
    if (length === -1) this.#fail(`lacks a "${end}"`)
    this.#at = from + length + 1
    return window.toString('latin1', 0, length)
  }

  #expect(letter: string): void {
    if (this.#bytes[this.#at] !== letter.charCodeAt(0)) this.#fail(`lacks a "${letter}"`)
    this.#at += 1
  }

  #fail(problem: string): never {
    throw new InvalidPayloadError(`its serialized command ${problem} (at byte ${this.#at})`)
  }
}

const namedFloats: ReadonlyMap<string, number> = new Map([
  ['INF', Number.POSITIVE_INFINITY],
  ['-INF', Number.NEGATIVE_INFINITY],
  ['NAN', Number.NaN],
])

function textOf(bytes: Buffer): string | undefined {
  try {
    return fatalUtf8.decode(bytes)
  } catch {
    return undefined
  }
}
