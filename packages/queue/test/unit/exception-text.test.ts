import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exceptionText, toAscii } from '../../src/attempt/exception-text.ts'

test('the text has name, message, stack and the causes', () => {
  const text = exceptionText(new TypeError('outer', { cause: new Error('inner') }))

  assert.match(text, /^TypeError: outer\n\s+at /)
  assert.match(text, /\n\nCaused by: Error: inner\n\s+at /)
})

test('a value that is no error is named as such', () => {
  assert.equal(exceptionText('boom'), 'A value was thrown that is not an Error: boom')
  assert.match(exceptionText(undefined), /not an Error: undefined/)
})

test('what a database would refuse is taken out and the length is bounded', () => {
  const text = exceptionText(new Error(`a\0b\ud800${'x'.repeat(100_000)}`))

  assert.equal(Buffer.byteLength(text), 65_535)
  assert.ok(text.isWellFormed())
  assert.ok(!text.includes('\0'))
})

test('the length is that of its bytes, and no letter is cut in two', () => {
  const text = exceptionText(new Error('🛒'.repeat(100_000)))

  assert.equal(Buffer.byteLength(text), 65_535 - ((65_535 - 'Error: '.length) % 4))
  assert.match(text, /^Error: 🛒+$/u)
})

test('an error whose message is in the stack with lines that look like frames is bounded too', () => {
  const text = exceptionText(new Error('    at 🛒\n'.repeat(100_000)))

  assert.ok(Buffer.byteLength(text) <= 65_535)
  assert.ok(text.isWellFormed())
})

test('spelt out in ASCII it is as short', () => {
  const text = toAscii(exceptionText(new Error('ñ'.repeat(100_000))))

  assert.equal(text.length, 65_535)
  assert.match(text, /^Error: (\\u\{f1\})+/)
})

test('an error that is its own cause ends', () => {
  const error = new Error('round')
  error.cause = error

  assert.match(exceptionText(error), /^Error: round/)
})
