import assert from 'node:assert/strict'
import { test } from 'node:test'
import { missingTests, readDocument } from '../support/named-tests.ts'

/** How many promises each moment has. */
const moments = { 1: 5, 3: 3, 4: 4, 5: 4, 6: 4, 8: 6 } as const

test('every promise to the people who use it is held by a test that exists', () => {
  const text = readDocument('docs/acceptance.md')
  const rows = [...text.matchAll(/^\| (\d\.\d) \| [^|]+ \| `([^`]+)` · ([^|]+) \|$/gm)]

  const promises = new Set(rows.map(([, number]) => number))
  const named = rows.map(([, , file = '', title = '']) => ({ file, title: title.trim() }))

  assert.equal(rows.length, text.match(/^\| \d\./gm)?.length)
  assert.deepEqual(
    [...promises],
    Object.entries(moments).flatMap(([moment, count]) =>
      Array.from({ length: count }, (_, index) => `${moment}.${index + 1}`),
    ),
  )
  assert.deepEqual(missingTests(named), [])
})
