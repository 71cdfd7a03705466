import { encryptedCommand } from './command.ts'
import type { Encrypter } from './encrypter.ts'
import type { LaravelFormat } from './formats.ts'
import { fromKind, type PhpKind } from './php/from-plain.ts'
import { serialize } from './php/serialize.ts'
import type { PhpProperty, PhpValue } from './php/value.ts'

/** How the class of a job looks in the Laravel application: with it, `dispatch` writes a job that PHP runs. */
export interface PhpClass {
  /** The class's own properties in the order of their declaration, by the keys of the data, which may have no others. */
  readonly properties: Readonly<Record<string, PhpPropertyOptions>>
  /** False for a class without `SerializesModels`, of which PHP writes all properties. Default true. */
  readonly serializesModels?: boolean
  /** True for a class that is `ShouldBeEncrypted`. */
  readonly isEncrypted?: boolean
  /** What its method `displayName()` answers, where it has one. */
  readonly displayName?: string
}

export interface PhpPropertyOptions {
  /** Default public. */
  readonly visibility?: PhpProperty['visibility']
  /** The declared initial value. One that is promoted from the constructor has none. */
  readonly default?: unknown
  /** What the property holds, where plain data does not tell. */
  readonly as?: PhpKind
}

export interface CommandFacts {
  readonly className: string
  readonly php: PhpClass
  readonly data: unknown
  /** What was said at the dispatch, for the trait `Queueable`. */
  readonly said: Readonly<Record<string, PhpValue>>
  /** For the trait `Batchable`; null for a job of no batch. */
  readonly batchId: string | null
}

export interface CommandSettings {
  readonly format: LaravelFormat
  readonly encrypter: Encrypter | undefined
}

/** The `data.command` of a class job as PHP writes it. Throws `TypeError` for data that the class does not hold. */
export function writeCommand(facts: CommandFacts, { format, encrypter }: CommandSettings): string {
  const { className, php } = facts
  const properties: PhpProperty[] = [...ownProperties(facts), ...queueableProperties(facts, format)]
  if (facts.batchId !== null) properties.push({ name: 'batchId', visibility: 'public', value: facts.batchId })
  const command = serialize({ php: 'object', className, properties })
  return php.isEncrypted ? encryptedCommand(command, encrypter) : command.toString()
}

/** The data as it was before its defaults were left out. */
export function withDefaults(php: PhpClass | undefined, data: unknown): unknown {
  if (!php || typeof data !== 'object' || data === null) return data
  const defaults = Object.entries(php.properties).flatMap(([name, options]) =>
    'default' in options ? [[name, options.default] as const] : [],
  )
  return defaults.length === 0 ? data : { ...Object.fromEntries(defaults), ...data }
}

function ownProperties({ className, php, data }: CommandFacts): readonly PhpProperty[] {
  const record = recordOf(data)
  const unknown = Object.keys(record).find((name) => !Object.hasOwn(php.properties, name))
  if (unknown !== undefined) throw new TypeError(`the class has no property ${unknown}`)
  return Object.entries(php.properties).flatMap(([name, options]) => {
    const value = propertyValue(name, options, record)
    if (isDefault(value, options) && php.serializesModels !== false) return []
    const { visibility = 'public' } = options
    return [{ name, visibility, value, ...(visibility === 'private' && { declaredBy: className }) }]
  })
}

function propertyValue(name: string, options: PhpPropertyOptions, record: Readonly<Record<string, unknown>>): PhpValue {
  if (Object.hasOwn(record, name)) return fromKind(record[name], options.as)
  if ('default' in options) return fromKind(options.default, options.as)
  throw new TypeError(`the property ${name} is missing`)
}

function isDefault(value: PhpValue, options: PhpPropertyOptions): boolean {
  return 'default' in options && areEqual(value, fromKind(options.default, options.as))
}

function queueableProperties({ php, said }: CommandFacts, { queueable }: LaravelFormat): readonly PhpProperty[] {
  return queueable.flatMap(([name, initial]) => {
    const value = said[name] ?? initial
    const isWritten = php.serializesModels === false || !areEqual(value, initial)
    return isWritten ? [{ name, visibility: 'public', value }] : []
  })
}

function areEqual(a: PhpValue, b: PhpValue): boolean {
  return a === b || serialize(a).equals(serialize(b))
}

function recordOf(data: unknown): Readonly<Record<string, unknown>> {
  if (data === undefined || data === null) return {}
  if (typeof data === 'object' && !Array.isArray(data)) return { ...data }
  throw new TypeError('a class job has its properties by name')
}
