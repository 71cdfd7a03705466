import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { planDiscontinued } from './plan-discontinued.ts'

test('what is in the store and not active at the distributor is discontinued', () => {
  assert.deepEqual(planDiscontinued([30, 4, 100, 4], [100, 7]), [4, 30])
  assert.deepEqual(planDiscontinued([], [1, 2]), [])
  assert.deepEqual(planDiscontinued([1], []), [1])
})

test('every product of the store is either active or discontinued', () => {
  const ids = fc.array(fc.nat(50))
  fc.assert(
    fc.property(ids, ids, (copied, active) => {
      const discontinued = new Set(planDiscontinued(copied, active))

      for (const id of copied) assert.notEqual(discontinued.has(id), active.includes(id))
      for (const id of discontinued) assert.ok(copied.includes(id))
    }),
  )
})
