import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { InvalidPayloadError } from '../../src/errors.ts'
import { toPlain } from '../../src/laravel/php/plain.ts'
import { serialize } from '../../src/laravel/php/serialize.ts'
import { phpLimits, unserialize } from '../../src/laravel/php/unserialize.ts'

const plainOf = (text: string): unknown => toPlain(unserialize(text))

for (const [text, plain] of [
  ['N;', null],
  ['b:1;', true],
  ['b:0;', false],
  ['i:-42;', -42],
  ['i:9223372036854775807;', 9223372036854775807n],
  ['d:1234.56;', 1234.56],
  ['d:1.0E+25;', 1e25],
  ['d:INF;', Number.POSITIVE_INFINITY],
  ['s:0:"";', ''],
  ['s:12:"Doña "Rosa"";', 'Doña "Rosa"'],
  ['a:0:{}', []],
  ['a:2:{i:0;s:1:"a";i:1;s:1:"b";}', ['a', 'b']],
  ['a:1:{i:1;s:1:"b";}', { 1: 'b' }],
  ['a:2:{s:1:"a";i:1;s:2:"ñ";a:1:{i:0;N;}}', { a: 1, ñ: [null] }],
  ['O:8:"stdClass":1:{s:3:"sku";s:3:"770";}', { sku: '770' }],
  ['O:3:"Job":2:{s:5:"\0*\0id";i:7;s:7:"\0Job\0at";d:0.5;}', { id: 7, at: 0.5 }],
  ['E:23:"App\\Enums\\Perfil:Tienda";', { enum: 'App\\Enums\\Perfil', case: 'Tienda' }],
  [
    'O:13:"Carbon\\Carbon":3:{s:4:"date";s:26:"2026-11-23 10:30:00.000000";s:13:"timezone_type";i:3;s:8:"timezone";s:14:"America/Bogota";}',
    { date: '2026-11-23 10:30:00.000000', timezone: 'America/Bogota' },
  ],
  ['a:2:{i:0;O:1:"A":1:{s:1:"n";i:1;}i:1;r:2;}', [{ n: 1 }, { n: 1 }]],
  ['a:3:{i:0;s:1:"x";i:1;R:2;i:2;R:2;}', ['x', 'x', 'x']],
] as const) {
  test(`PHP's ${text.replaceAll('\0', '·')} is read, and written again byte for byte`, () => {
    assert.deepEqual(plainOf(text), plain)
    assert.equal(serialize(unserialize(text)).toString(), text)
  })
}

test('bytes that are no text stay bytes', () => {
  const bytes = Buffer.from([...Buffer.from('s:2:"'), 0xff, 0x90, ...Buffer.from('";')])

  assert.deepEqual(toPlain(unserialize(bytes)), Uint8Array.of(0xff, 0x90))
  assert.deepEqual(serialize(unserialize(bytes)), bytes)
})

test('what a class wrote of itself is kept and not run', () => {
  const text = 'C:3:"Foo":5:{a}b;c}'

  assert.deepEqual(plainOf(text), { class: 'Foo', data: new Uint8Array(Buffer.from('a}b;c')) })
  assert.equal(serialize(unserialize(text)).toString(), text)
})

for (const [title, text] of [
  ['nothing', ''],
  ['cut off', 'a:1:{i:0;s:3:"ab'],
  ['more after the end', 'i:1;i:2;'],
  ['a type that PHP does not have', 'x:1;'],
  ['a count that the text cannot hold', 'a:1000000000:{}'],
  ['a length beyond the end', 's:9999999999:"a";'],
  ['a length in characters instead of bytes', 's:4:"Doña";'],
  ['a negative length', 's:-1:"";'],
  ['a key that is an array', 'a:1:{a:0:{}i:1;}'],
  ['a boolean that is two', 'b:2;'],
  ['a whole number with a point', 'i:1.5;'],
  ['a whole number beyond 64 bits', 'i:9223372036854775808;'],
  ['a float that is a word', 'd:zehn;'],
  ['a reference to what comes later', 'a:2:{i:0;R:3;i:1;i:1;}'],
  ['an object that is itself', 'r:1;'],
  ['levels without end', `${'a:1:{i:0;'.repeat(70)}N;${'}'.repeat(70)}`],
] as const) {
  test(`a serialization with ${title} is refused`, () => {
    assert.throws(() => unserialize(text), InvalidPayloadError)
  })
}

for (const [title, text] of [
  ['an array with a key __proto__', 'a:1:{s:9:"__proto__";a:1:{s:7:"isAdmin";b:1;}}'],
  ['an object with a property __proto__', 'O:8:"stdClass":1:{s:9:"__proto__";O:8:"stdClass":1:{s:7:"isAdmin";b:1;}}'],
  ['an object inside itself', 'O:1:"A":1:{s:1:"a";r:1;}'],
  ['an array that holds itself', 'a:1:{i:0;R:1;}'],
  ['references that double at each level', doubling(40)],
] as const) {
  test(`${title} is not given to a handler`, () => {
    assert.throws(() => toPlain(unserialize(text)), InvalidPayloadError)
  })
}

test('keys of the name of what every object has are plain data', () => {
  const plain = plainOf('a:2:{s:11:"constructor";s:1:"x";s:8:"toString";i:1;}')

  assert.deepEqual(Object.entries(plain ?? {}), [
    ['constructor', 'x'],
    ['toString', 1],
  ])
})

test('more values and more bytes than the limits are refused', () => {
  const many = `a:${phpLimits.values}:{${Array.from({ length: phpLimits.values }, (_, n) => `i:${n};N;`).join('')}}`

  assert.throws(() => unserialize(many), /more than 100000 values/)
  assert.throws(() => unserialize(`s:${phpLimits.bytes}:"${'a'.repeat(phpLimits.bytes)}";`), /bytes, more than/)
})

const seeds = [
  'O:32:"App\\Jobs\\CopyProductsToClientJob":6:{s:9:"companyId";i:1;s:8:"tenantId";s:2:"t1";s:5:"queue";s:6:"copias";s:7:"chained";a:1:{i:0;s:25:"O:13:"App\\Jobs\\Bare":0:{}";}s:10:"chainQueue";s:6:"copias";s:19:"chainCatchCallbacks";a:0:{}}',
  'a:5:{i:0;d:1.5;i:1;E:9:"Perfil:Ti";s:1:"k";O:1:"A":2:{s:4:"\0*\0b";b:1;s:4:"\0A\0c";r:3;}i:7;R:2;i:8;C:1:"S":3:{abc}}',
]

test('20,000 damaged serializations are read or refused, quickly and in little memory', () => {
  let refused = 0
  // What is compiled at its first use belongs to none of them.
  for (const seed of seeds) toPlain(unserialize(serialize(unserialize(seed))))
  const damage = fc.record({
    seed: fc.constantFrom(...seeds),
    at: fc.nat(300),
    cut: fc.nat(4),
    put: fc.oneof(
      fc.string({ maxLength: 6, unit: 'binary' }),
      fc.constantFrom(
        '999999999',
        '-1',
        'R:1;',
        'r:1;',
        '{',
        '}',
        ':',
        ';',
        '"',
        '__proto__',
        'constructor',
        'a:2:{',
        'O:',
      ),
    ),
  })

  function read(text: string): { micros: number; bytes: number; isSmall: boolean; wasRefused: boolean } {
    const heap = process.memoryUsage().heapUsed
    // Of this thread alone: the machine may be busy with others.
    const before = process.threadCpuUsage()
    let wasRefused = false
    try {
      const value = unserialize(text)
      assert.equal(serialize(unserialize(serialize(value))).toString('latin1'), serialize(value).toString('latin1'))
      toPlain(value)
    } catch (error) {
      if (!(error instanceof InvalidPayloadError)) throw error
      wasRefused = true
    }
    const { user, system } = process.threadCpuUsage(before)
    const bytes = process.memoryUsage().heapUsed - heap
    const micros = user + system
    return { micros, bytes, isSmall: micros < 50_000 && bytes < 10_000_000, wasRefused }
  }

  fc.assert(
    fc.property(damage, ({ seed, at, cut, put }) => {
      const text = seed.slice(0, at) + put + seed.slice(at + cut)
      // What is slow or greedy is so each time; a pause of the machine or of the collector is not.
      let spent = read(text)
      for (let again = 0; again < 3 && !spent.isSmall; again += 1) spent = read(text)
      assert.ok(spent.isSmall, `${JSON.stringify(text)} took ${spent.micros} µs and ${spent.bytes} bytes`)
      if (spent.wasRefused) refused += 1
    }),
    { numRuns: 20_000 },
  )

  // Or nothing was damaged.
  assert.ok(refused > 10_000, `${refused} were refused`)
  assert.equal(Reflect.get({}, 'isAdmin'), undefined)
})

function doubling(levels: number): string {
  let text = 'a:2:{i:0;i:1;i:1;i:1;}'
  for (let level = 0; level < levels; level += 1) text = `a:2:{i:0;${text}i:1;r:${levels - level + 1};}`
  return text
}
