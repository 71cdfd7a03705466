import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readId, readSearch, readWholeNumber } from './query-parameters.ts'

test('an id is a positive whole number that a column of ids can hold', () => {
  const texts = [undefined, '', '0', '-1', '1.5', '1e3', ' 1', '0x10', '2147483648', '٣', '1', '007', '2147483647']

  const ids = texts.map(readId)

  assert.deepEqual(ids.slice(0, 10), Array(10).fill(undefined))
  assert.deepEqual(ids.slice(10), [1, 7, 2_147_483_647])
})

test('whatever the text, a number lies within its range', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const number = readWholeNumber(text, { min: 3, max: 40 })

      return number === undefined || (Number.isInteger(number) && number >= 3 && number <= 40)
    }),
  )
})

test('a search is trimmed, cut and free of control characters', () => {
  assert.equal(readSearch('  arroz\u0000 diana\n'), 'arroz  diana')
  assert.equal(readSearch('x'.repeat(500))?.length, 100)
  assert.equal(readSearch('   '), undefined)
  assert.equal(readSearch(undefined), undefined)
})
