import { phpLimits } from './unserialize.ts'
import type { PhpKey, PhpObject, PhpProperty, PhpValue } from './value.ts'

/**
 * What PHP would hold for plain data: whole numbers as int, others as float, lists and records as arrays. Throws
 * `TypeError` for what it cannot hold.
 */
export function fromPlain(value: unknown, depth = 0): PhpValue {
  if (depth > phpLimits.depth) throw new TypeError(`it is nested deeper than ${phpLimits.depth} levels`)
  switch (typeof value) {
    case 'string':
      return wellFormed(value)
    case 'boolean':
      return value
    case 'number':
      return Number.isSafeInteger(value) && !Object.is(value, -0) ? value : { php: 'float', value }
    case 'bigint':
      return in64Bits(value)
    case 'undefined':
      return null
    case 'object':
      return value === null ? null : fromObject(value, depth)
    default:
      throw new TypeError(`it has a ${typeof value}`)
  }
}

function wellFormed(text: string): string {
  if (!text.isWellFormed()) throw new TypeError('it has text that is not well formed')
  return text
}

function in64Bits(value: bigint): bigint {
  if (value !== BigInt.asIntN(64, value)) throw new TypeError(`${value} is beyond 64 bits`)
  return value
}

function fromObject(value: object, depth: number): PhpValue {
  if (Array.isArray(value)) {
    return { php: 'array', entries: value.map((each, index) => [index, fromPlain(each, depth + 1)] as const) }
  }
  return { php: 'array', entries: partsOf(value, depth).map(([name, each]) => [keyOf(name), each] as const) }
}

function partsOf(value: object, depth: number): readonly (readonly [string, PhpValue])[] {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) {
    throw new TypeError(`it has a ${value.constructor?.name ?? 'class instance'}, where plain values are needed`)
  }
  return Object.entries(value).flatMap(([name, each]) => {
    if (name === '__proto__') throw new TypeError('it has a key __proto__')
    return each === undefined ? [] : [[name, fromPlain(each, depth + 1)] as const]
  })
}

/** PHP turns a key that is a whole number in plain notation into an int. */
function keyOf(name: string): PhpKey {
  const isWhole = /^(0|-?[1-9]\d{0,18})$/.test(name)
  if (!isWhole) return name
  const number = Number(name)
  if (Number.isSafeInteger(number)) return number
  const exact = BigInt(name)
  return exact === BigInt.asIntN(64, exact) ? exact : name
}

/** Which kind of PHP value a property holds, where the data alone does not tell. */
export type PhpKind =
  | 'float'
  /** Data `{enum, case}`. */
  | 'enum'
  /** Data `{class, id, relations, connection}`: a row, which PHP reads again when the job runs. */
  | 'model'
  /** Data is a `Date`, or `{date, timezone}` as PHP says it; the class is Carbon's or PHP's own. */
  | { readonly date: string }
  /** Data is a record: the public properties of an object of this class. */
  | { readonly object: string }

/** Throws `TypeError` for data that is not of the kind. */
export function fromKind(value: unknown, kind: PhpKind | undefined): PhpValue {
  if (kind === undefined || value === null || value === undefined) return fromPlain(value)
  if (kind === 'float') return floatOf(value)
  const record = recordOf(value)
  if (kind === 'enum') return { php: 'enum', className: textIn(record, 'enum'), caseName: textIn(record, 'case') }
  if (kind === 'model') return modelOf(record)
  if ('date' in kind) return dateOf(kind.date, value instanceof Date ? utcParts(value) : record)
  return objectOf(kind.object, partsOf(record, 0))
}

function floatOf(value: unknown): PhpValue {
  if (typeof value !== 'number') throw new TypeError(`${JSON.stringify(value)} is no number`)
  return { php: 'float', value }
}

function modelOf(record: Readonly<Record<string, unknown>>): PhpObject {
  return objectOf('Illuminate\\Contracts\\Database\\ModelIdentifier', [
    ['class', textIn(record, 'class')],
    ['id', fromPlain(record.id)],
    ['relations', fromPlain(record.relations ?? [])],
    ['connection', fromPlain(record.connection)],
    ['collectionClass', fromPlain(record.collectionClass)],
  ])
}

function dateOf(className: string, record: Readonly<Record<string, unknown>>): PhpObject {
  const timezone = textIn(record, 'timezone')
  return objectOf(className, [
    ['date', textIn(record, 'date')],
    ['timezone_type', timezoneType(timezone)],
    ['timezone', timezone],
  ])
}

/** PHP: 1 an offset, 2 an abbreviation, 3 a name. */
function timezoneType(timezone: string): number {
  if (/^[+-]\d\d:\d\d$/.test(timezone)) return 1
  return /^[A-Z]{1,5}$/.test(timezone) && timezone !== 'UTC' ? 2 : 3
}

function utcParts(date: Date): Readonly<Record<string, unknown>> {
  if (Number.isNaN(date.getTime())) throw new TypeError('it has an invalid date')
  return { date: `${date.toISOString().slice(0, -1).replace('T', ' ')}000`, timezone: 'UTC' }
}

function objectOf(className: string, parts: readonly (readonly [string, PhpValue])[]): PhpObject {
  const properties = parts.map(([name, value]): PhpProperty => ({ name, visibility: 'public', value }))
  return { php: 'object', className, properties }
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  throw new TypeError(`${JSON.stringify(value)} is no record`)
}

function textIn(record: Readonly<Record<string, unknown>>, key: string): string {
  const text = record[key]
  if (typeof text === 'string') return text
  throw new TypeError(`its ${key} is ${JSON.stringify(text) ?? 'missing'}, where text is needed`)
}
