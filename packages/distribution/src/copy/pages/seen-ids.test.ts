import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SeenIds } from './seen-ids.ts'

test('ids of any size are found again, and counted once', () => {
  const seen = new SeenIds()
  seen.add([1, 3, 2_147_483_647])
  seen.add([2_147_483_648, 3_000_000_000])

  assert.deepEqual(
    seen.missing([1, 2, 3, 2_147_483_647, 2_147_483_648, 2_999_999_999, 3_000_000_000]),
    [2, 2_999_999_999],
  )
  assert.equal(seen.countBetween({ afterId: 3, lastId: 2_147_483_648 }), 2)
})
