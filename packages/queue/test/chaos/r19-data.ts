import fc from 'fast-check'

/** Whatever JSON can say, and what only looks as if it could: half surrogates, and keys that would be a prototype. */
const illFormed = fc
  .tuple(fc.string(), fc.constantFrom('\ud800', '\udc00', '\udfff\ud800', '\ud83d\ud83d\uded2'), fc.string())
  .map((parts) => parts.join(''))

const awkward = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\u0001\u001f\u007f\u0085',
  '\u202eשלום\u202c',
  'مرحبا',
  '🛒',
  '👩‍👩‍👧‍👦',
  'e\u0301 é',
  '\u2028\u2029',
  '\ufeff\ufffe\uffff',
  '\\',
  '\\\\ud800',
  '\\u0000',
  '"__proto__":',
  `'; drop table jobs; --`,
  '? $1 :name %s %_',
  '</script><!--',
]

export const texts: fc.Arbitrary<string> = fc.oneof(
  { weight: 20, arbitrary: fc.string({ unit: 'grapheme' }) },
  { weight: 20, arbitrary: fc.string({ unit: 'binary' }) },
  { weight: 20, arbitrary: fc.constantFrom(...awkward) },
  { weight: 1, arbitrary: illFormed },
)

/**
 * V8 13.6 (Node 24.21) misreads a key that begins with an escape, once an object of the same shape had a backslash as the last
 * letter of a key there: `JSON.parse` itself, so that the comparison would be as wrong as what is compared.
 */
const keys = fc.oneof(
  { weight: 40, arbitrary: texts.filter((text) => !text.endsWith('\\')) },
  { weight: 4, arbitrary: fc.constantFrom('constructor', 'prototype', 'toString', 'toJSON', 'then', 'length', '0') },
  { weight: 1, arbitrary: fc.constant('__proto__') },
)

const numbers = fc.oneof(
  fc.constantFrom(-0, 1e308, -1e308, 5e-324, 2 ** 53 - 1, 2 ** 53, 2 ** 53 + 2, -(2 ** 53) - 2, 0.1, 1e21, -1e-7),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
)

const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(texts, numbers, fc.boolean(), fc.constant(null)),
    fc.array(tie('value'), { maxLength: 6 }),
    fc.array(fc.tuple(keys, tie('value')), { maxLength: 6 }).map((entries) => Object.fromEntries(entries)),
  ),
}))

const deepest = 64

/** Mostly shallow, at times nested as deep as PHP reads by default an eighth of. */
export const data: fc.Arbitrary<unknown> = fc
  .tuple(value, fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(deepest) }))
  .map(([inner, depth]) => {
    let nested = inner
    for (let level = 0; level < depth; level += 1) nested = level % 2 === 0 ? [nested] : { nested }
    return nested
  })

/** What neither side could read again: it must be refused before anything is written. */
export function isUnwritable(given: unknown): boolean {
  if (typeof given === 'string') return !given.isWellFormed()
  if (Array.isArray(given)) return given.some(isUnwritable)
  if (typeof given !== 'object' || given === null) return false
  return Object.entries(given).some(([key, each]) => key === '__proto__' || isUnwritable(key) || isUnwritable(each))
}
