import assert from 'node:assert/strict'
import { test } from 'node:test'
import { backoffSeconds } from '../../src/attempt/backoff.ts'

test('each attempt waits for its own time and later ones for the last', () => {
  assert.deepEqual(
    [1, 2, 3, 4, 99].map((attempt) => backoffSeconds([1, 5, 10], attempt)),
    [1, 5, 10, 10, 10],
  )
})

test('without a backoff the job is due at once', () => {
  assert.equal(backoffSeconds([], 3), 0)
})
