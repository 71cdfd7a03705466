import assert from 'node:assert/strict'
import { beforeEach, mock, test } from 'node:test'
import { ClaimMemory } from '../../src/connections/sql/claim-memory.ts'

let now = 0
beforeEach(() => {
  now = 1_000
  mock.method(performance, 'now', () => now)
})

test('a claim goes on behind the last one, and looks from the start after a while', () => {
  const memory = new ClaimMemory()
  memory.hasStartedOver('a', { availableAt: 7, id: '10' }, now)
  memory.hasClaimed('a', { availableAt: 7, id: '9' })
  memory.hasClaimed('a', { availableAt: 7, id: '12' })

  assert.deepEqual(memory.markOf('a'), { availableAt: 7, id: '12' })
  assert.equal(memory.markOf('b'), undefined)
  now += 250
  assert.equal(memory.markOf('a'), undefined)
})

test('of two claims at once one looks from the start', () => {
  const memory = new ClaimMemory()
  memory.hasStartedOver('a', { availableAt: 7, id: '10' }, now)
  now += 250

  assert.deepEqual([memory.markOf('a'), memory.markOf('a')], [undefined, { availableAt: 7, id: '10' }])
})

test('something early that a look from the start found does not bring the mark back', () => {
  const memory = new ClaimMemory()
  memory.hasStartedOver('a', { availableAt: 7, id: '10' }, now)
  memory.hasStartedOver('a', { availableAt: 3, id: '99' }, now)

  assert.deepEqual(memory.markOf('a'), { availableAt: 7, id: '10' })
})

test('looks from the start take a small part of the time', () => {
  const memory = new ClaimMemory()
  now += 100
  memory.hasStartedOver('a', { availableAt: 7, id: '10' }, now - 100)

  now += 2_499
  assert.notEqual(memory.markOf('a'), undefined)
  now += 1
  assert.equal(memory.markOf('a'), undefined)
})

test('an empty queue is looked at from its start', () => {
  const memory = new ClaimMemory()
  memory.hasStartedOver('a', { availableAt: 7, id: '10' }, now)
  memory.hasStartedOver('a', undefined, now)

  assert.equal(memory.markOf('a'), undefined)
})

test('expired jobs are asked for once in a second, by one of two claims at once', () => {
  const memory = new ClaimMemory()

  assert.deepEqual([memory.mustAskExpired('a'), memory.mustAskExpired('a')], [true, false])
  now += 1_000
  assert.equal(memory.mustAskExpired('a'), true)
})

test('a look for expired jobs that took long does not come again soon', () => {
  const memory = new ClaimMemory()
  now += 100
  memory.hasAskedExpired('a', now - 100)

  now += 2_499
  assert.equal(memory.mustAskExpired('a'), false)
  now += 1
  assert.equal(memory.mustAskExpired('a'), true)
})
