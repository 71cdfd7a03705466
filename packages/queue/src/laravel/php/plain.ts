import { InvalidPayloadError } from '../../errors.ts'
import { phpLimits } from './unserialize.ts'
import { isStructure, type PhpObject, type PhpReference, type PhpStructure, type PhpValue } from './value.ts'

/**
 * What a handler gets: lists as arrays, other arrays and objects as plain objects under the plain names of their keys and
 * properties. Dates are `{date, timezone}`, enum cases `{enum, case}`, models `{class, id, relations, connection}`. Whole
 * numbers beyond 2^53 are `bigint`, bytes that are no text `Uint8Array`. Throws `InvalidPayloadError` for what refers to
 * itself, has a key `__proto__`, or would be huge once its references are followed.
 */
export function toPlain(value: PhpValue): unknown {
  return new PlainMaker(value).make(value).plain
}

/** Of an object those properties that are wanted; references in them may mean the others. */
export function plainProperties(
  root: PhpObject,
  isWanted: (name: string) => boolean,
): Readonly<Record<string, unknown>> {
  const maker = new PlainMaker(root)
  const wanted = root.properties.filter(({ name }) => isWanted(name))
  return maker.record(wanted.map(({ name, value }) => [name, value])).plain
}

/** The values that a reference may mean, the first at 0. */
function slotsOf(root: PhpValue): readonly PhpValue[] {
  const slots: PhpValue[] = []
  const visit = (value: PhpValue): void => {
    if (!isStructure(value)) {
      slots.push(value)
      return
    }
    if (value.php !== 'reference' || value.letter === 'r') slots.push(value)
    for (const child of childrenOf(value)) visit(child)
  }
  visit(root)
  return slots
}

function childrenOf(value: PhpStructure): readonly PhpValue[] {
  if (value.php === 'array') return value.entries.map(([, each]) => each)
  return value.php === 'object' ? value.properties.map((property) => property.value) : []
}

interface Made<T = unknown> {
  readonly plain: T
  /** Values in it, each as often as it is referred to. */
  readonly size: number
}

class PlainMaker {
  readonly #root: PhpValue
  readonly #made = new Map<PhpStructure, Made>()
  readonly #inProgress = new Set<PhpStructure>()
  #slots: readonly PhpValue[] | undefined

  constructor(root: PhpValue) {
    this.#root = root
  }

  make(value: PhpValue): Made {
    if (!isStructure(value)) return { plain: value, size: 1 }
    const known = this.#made.get(value)
    if (known) return known
    if (this.#inProgress.has(value)) throw new InvalidPayloadError('its serialized command refers to itself')
    this.#inProgress.add(value)
    const made = this.#structure(value)
    this.#inProgress.delete(value)
    if (made.size > phpLimits.values) {
      throw new InvalidPayloadError(`its serialized command has more than ${phpLimits.values} values`)
    }
    this.#made.set(value, made)
    return made
  }

  #structure(value: PhpStructure): Made {
    switch (value.php) {
      case 'float':
        return { plain: value.value, size: 1 }
      case 'enum':
        return { plain: { enum: value.className, case: value.caseName }, size: 1 }
      case 'custom':
        return { plain: { class: value.className, data: value.data }, size: 1 }
      case 'reference':
        return this.make(this.#meantBy(value))
      case 'array':
        return isList(value.entries)
          ? this.#list(value.entries.map(([, each]) => each))
          : this.record(value.entries.map(([key, each]) => [String(key), each]))
      case 'object':
        return this.record(namedParts(value))
    }
  }

  #list(values: readonly PhpValue[]): Made {
    const made = values.map((each) => this.make(each))
    return { plain: made.map(({ plain }) => plain), size: sizeOf(made) }
  }

  record(parts: readonly (readonly [string, PhpValue])[]): Made<Readonly<Record<string, unknown>>> {
    if (parts.some(([key]) => key === '__proto__')) {
      throw new InvalidPayloadError('its serialized command has a key __proto__')
    }
    const made = parts.map(([key, each]) => [key, this.make(each)] as const)
    return {
      plain: Object.fromEntries(made.map(([key, { plain }]) => [key, plain])),
      size: sizeOf(made.map(([, each]) => each)),
    }
  }

  #meantBy({ slot }: PhpReference): PhpValue {
    this.#slots ??= slotsOf(this.#root)
    return this.#slots[slot - 1] ?? null
  }
}

function sizeOf(parts: readonly Made[]): number {
  return parts.reduce((total, { size }) => total + size, 1)
}

function isList(entries: readonly (readonly [unknown, PhpValue])[]): boolean {
  return entries.every(([key], index) => key === index)
}

const modelIdentifier = 'Illuminate\\Contracts\\Database\\ModelIdentifier'

/** What is worth knowing of an object: all of it, or of a date or a model what does not depend on the version. */
function namedParts({ className, properties }: PhpObject): readonly (readonly [string, PhpValue])[] {
  const parts = properties.map(({ name, value }) => [name, value] as const)
  const names = new Set(properties.map(({ name }) => name))
  if (['date', 'timezone_type', 'timezone'].every((name) => names.has(name))) {
    return parts.filter(([name]) => name === 'date' || name === 'timezone')
  }
  // Null but for a collection of a class of its own.
  if (className === modelIdentifier)
    return parts.filter(([name, value]) => name !== 'collectionClass' || value !== null)
  return parts
}
