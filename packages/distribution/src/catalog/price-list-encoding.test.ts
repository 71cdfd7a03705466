import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodePriceList, letterInCp850, maxPriceListBytes, refuseTooLarge, repair } from './price-list-encoding.ts'
import { UnusablePriceListError } from './price-list-errors.ts'

const text = 'sku;nombre;precio\n1;Ñame «piña» aliño;100\n'
const utf8 = new TextEncoder().encode(text)

test('UTF-8 is read with and without a mark, and the mark is no part of the header', () => {
  assert.deepEqual(decodePriceList(utf8), { text, encoding: 'utf-8' })
  assert.deepEqual(decodePriceList(Buffer.from([0xef, 0xbb, 0xbf, ...utf8])), { text, encoding: 'utf-8' })
})

test('UTF-16 with a mark is read in both byte orders', () => {
  const little = Buffer.from(`\uFEFF${text}`, 'utf16le')

  assert.deepEqual(decodePriceList(little), { text, encoding: 'utf-16' })
  assert.deepEqual(decodePriceList(Buffer.from(little).swap16()), { text, encoding: 'utf-16' })
})

test('bytes that are no UTF-8 are read as Windows-1252, its own letters included', () => {
  const bytes = Buffer.from('sku;nombre;precio\n1;JAM\xD3N \x80 5 \x93A\x94;100\n', 'latin1')

  assert.deepEqual(decodePriceList(bytes), {
    text: 'sku;nombre;precio\n1;JAMÓN € 5 “A”;100\n',
    encoding: 'windows-1252',
  })
})

test('one broken byte in a UTF-8 list does not turn its accents into other letters', () => {
  const bytes = Buffer.concat([utf8, Buffer.from('2;CAF\xE9;5\n', 'latin1')])

  const decoded = decodePriceList(bytes)

  assert.equal(decoded.encoding, 'utf-8')
  assert.deepEqual(repair('Ñame CAF\uFFFD', decoded.encoding), { text: 'Ñame CAF\uFFFD', bytes: ['U+FFFD'] })
})

test('the five bytes that Windows-1252 leaves out are named and replaced', () => {
  const { text: damaged, encoding } = decodePriceList(
    Buffer.from('sku;nombre;precio;categoria\n\xD1 \x81\x8D\x8F\x90\x9D', 'latin1'),
  )

  const repaired = repair(damaged.split('\n')[1] ?? '', encoding)

  assert.deepEqual(repaired, {
    text: 'Ñ \uFFFD\uFFFD\uFFFD\uFFFD\uFFFD',
    bytes: ['0x81', '0x8D', '0x8F', '0x90', '0x9D'],
  })
  assert.deepEqual(repaired.bytes.map(letterInCp850), ['ü', 'ì', 'Å', 'É', 'Ø'])
})

for (const [what, bytes] of [
  ['nothing', Buffer.alloc(0)],
  ['nothing but blank lines', Buffer.from('\n \r\n')],
  ['a binary file', Buffer.from('PK\x03\x04\0\0')],
  ['UTF-16 without a mark', Buffer.from(text, 'utf16le')],
  ['Cyrillic', Buffer.from('sku;nombre;precio\n1;\xCC\xEE\xEB\xEE\xEA\xEE \xF5\xEB\xE5\xE1;1\n', 'latin1')],
  ['mostly damaged characters', Buffer.from(`sku;nombre;precio\n${'1;CAF\x90;100\n'.repeat(20)}`, 'latin1')],
] as const) {
  test(`${what} is refused in a sentence`, () => {
    assert.throws(() => decodePriceList(bytes), UnusablePriceListError)
  })
}

test('a list with a few damaged characters is read, however short it is', () => {
  const bytes = Buffer.from('sku;nombre;precio\n1;CAF\x90;100\n', 'latin1')

  assert.equal(decodePriceList(bytes).encoding, 'windows-1252')
})

test('more than 64 MiB are refused with the size in the sentence', () => {
  assert.doesNotThrow(() => refuseTooLarge(maxPriceListBytes))
  assert.throws(() => refuseTooLarge(maxPriceListBytes + 1), /has 65 MiB/)
})
