/**
 * A value of PHP's serialization as data, so that nothing is ever built from the name of a class. What JavaScript has is
 * itself: null, boolean, string, and a whole number as `number`, or `bigint` beyond 2^53. The rest names what it is, so that
 * what was read can be written again byte for byte. Bytes that are no UTF-8 stay bytes.
 */
export type PhpValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PhpFloat
  | PhpArray
  | PhpObject
  | PhpEnum
  | PhpCustom
  | PhpReference

export interface PhpFloat {
  readonly php: 'float'
  readonly value: number
}

export interface PhpArray {
  readonly php: 'array'
  readonly entries: readonly (readonly [key: PhpKey, value: PhpValue])[]
}

export type PhpKey = number | bigint | string

export interface PhpObject {
  readonly php: 'object'
  readonly className: string
  readonly properties: readonly PhpProperty[]
}

export interface PhpProperty {
  readonly name: string
  readonly visibility: 'public' | 'protected' | 'private'
  /** The class whose private property it is. */
  readonly declaredBy?: string
  readonly value: PhpValue
}

export interface PhpEnum {
  readonly php: 'enum'
  readonly className: string
  readonly caseName: string
}

/** What a class that implements `Serializable` wrote of itself. */
export interface PhpCustom {
  readonly php: 'custom'
  readonly className: string
  readonly data: Uint8Array
}

/** Another place with the same value: `R` shares it (`&`), `r` is the same object. */
export interface PhpReference {
  readonly php: 'reference'
  readonly letter: 'R' | 'r'
  /** Values are counted from 1 in the order in which they appear; keys and `R` itself do not count. */
  readonly slot: number
}

export type PhpStructure = Exclude<PhpValue, null | boolean | number | bigint | string | Uint8Array>

export function isStructure(value: PhpValue): value is PhpStructure {
  return typeof value === 'object' && value !== null && 'php' in value
}
