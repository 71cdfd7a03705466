import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Reservation } from '../../src/connection.ts'
import { sync } from '../../src/index.ts'
import { Leases } from '../../src/lease.ts'

const older = { id: '1', attempts: 1 }
const newer = { id: '1', attempts: 2 }

test('a newer reservation of a job ends the older one', () => {
  using held = leases()

  assert.deepEqual(held.leases.add([older]), [older])
  assert.deepEqual(held.leases.add([newer]), [newer])

  assert.deepEqual(held.lost, [older])
})

// The answer to the older claim took so long that another claim of the same process has the job by now.
test('an older reservation that comes late is not held, and takes nothing from the newer one', () => {
  using held = leases()

  held.leases.add([newer])

  assert.deepEqual(held.leases.add([older, { id: '2', attempts: 1 }]), [{ id: '2', attempts: 1 }])
  assert.deepEqual(held.lost, [])
})

function leases() {
  const lost: Reservation[] = []
  const held = new Leases(sync(), (reservation) => lost.push(reservation))
  return { leases: held, lost, [Symbol.dispose]: () => held[Symbol.dispose]() }
}
