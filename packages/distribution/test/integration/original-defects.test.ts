import assert from 'node:assert/strict'
import { test } from 'node:test'
import { missingTests, readDocument } from '../support/named-tests.ts'

test('every defect of the original is kept out by a test that exists, or said not to be yet', () => {
  const text = readDocument('docs/decisions/original-defects.md')
  const rows = [...text.matchAll(/^\| (\d+) \| [^|]+ \| (?:`([^`]+)` · ([^|]+)|(not yet): [^|]+) \|$/gm)]

  const numbers = rows.map(([, number]) => Number(number))
  const named = rows.flatMap(([, , file, title]) => (file && title ? [{ file, title: title.trim() }] : []))

  assert.deepEqual(
    numbers,
    Array.from({ length: 28 }, (_, index) => index + 1),
  )
  assert.deepEqual(missingTests(named), [])
})
