import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StreamSlots } from './stream-slots.ts'

test('a store gets no more streams than its share, and one again when one is given back', () => {
  const slots = new StreamSlots({ total: 10, perStore: 2 })
  const release = slots.take(1)
  slots.take(1)

  const refused = slots.take(1)
  release?.()
  const granted = slots.take(1)

  assert.equal(refused, undefined)
  assert.ok(granted)
})

test('all stores together get no more streams than the total', () => {
  const slots = new StreamSlots({ total: 3, perStore: 2 })

  const taken = [1, 1, 2, 3].map((companyId) => slots.take(companyId) !== undefined)

  assert.deepEqual(taken, [true, true, true, false])
})
