import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises'
import type { Connection, Reservation } from '../../src/connection.ts'
import { sync } from '../../src/index.ts'
import { Leases } from '../../src/worker/lease.ts'
import { eventually } from '../support/eventually.ts'
import { wrappedConnection } from '../support/wrapped-connection.ts'

const older = { id: '1', attempts: 1 }
const newer = { id: '1', attempts: 2 }

test('a newer reservation of a job ends the older one', () => {
  using held = leases()

  assert.deepEqual(held.leases.add([older], performance.now()), [older])
  assert.deepEqual(held.leases.add([newer], performance.now()), [newer])

  assert.deepEqual(held.lost, [older])
})

// The answer to the older claim took so long that another claim of the same process has the job by now.
test('an older reservation that comes late is not held, and takes nothing from the newer one', () => {
  using held = leases()

  held.leases.add([newer], performance.now())

  assert.deepEqual(held.leases.add([older, { id: '2', attempts: 1 }], performance.now()), [{ id: '2', attempts: 1 }])
  assert.deepEqual(held.lost, [])
})

test('a reservation whose renewal is never answered is lost when it is over', async () => {
  using held = leases({ renew: () => Promise.withResolvers<never>().promise })

  held.leases.add([older], performance.now())

  await eventually(() => held.lost.length > 0)
  assert.deepEqual(held.lost, [older])
})

test('a reservation that is renewed after its thread stood still for longer is kept', async () => {
  let renewals = 0
  const renew = async () => {
    await wait(50)
    renewals += 1
    return []
  }
  using held = leases({ renew })
  held.leases.add([older], performance.now())

  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2_200)
  await eventually(() => renewals >= 2)

  assert.deepEqual(held.lost, [])
})

test('a handler that asks for more time is not told of a database that does not answer, before its time is over', async () => {
  using held = leases({ renew: () => Promise.reject(new Error('away')) })
  held.leases.add([older], performance.now())

  assert.equal(await held.leases.renew(older), true)
  await eventually(() => held.lost.length > 0)

  assert.equal(await held.leases.renew(older), false)
})

test('a reservation that its handler renewed lasts from the question on, not from a late answer', async () => {
  using held = leases({
    renew: async () => {
      await wait(1_100)
      return []
    },
  })
  held.leases.add([older], performance.now())

  assert.equal(await held.leases.renew(older), true)

  assert.equal(held.leases.isAlive(older), false)
})

for (const [who, ask] of [
  ['the worker', () => undefined],
  ['a handler', (held: Leases) => void held.renew(older)],
] as const) {
  test(`a claim is not lost by the late answer of an older one that reads the same, for which ${who} had asked`, async () => {
    const answer = Promise.withResolvers<readonly Reservation[]>()
    let isAsked = false
    using held = leases({
      renew: () => {
        isAsked = true
        return answer.promise
      },
    })
    held.leases.add([older], performance.now())
    ask(held.leases)
    await eventually(() => isAsked)

    held.leases.letGo([older])
    held.leases.add([{ ...older }], performance.now())
    answer.resolve([older])
    await nextTurn()

    assert.deepEqual([held.lost, held.leases.isAlive(older)], [[], true])
  })
}

function leases(own: Partial<Connection> = {}) {
  const lost: Reservation[] = []
  const connection = wrappedConnection(sync({ retryAfter: 2 }), own)
  const held = new Leases(connection, (reservation) => lost.push(reservation))
  return { leases: held, lost, [Symbol.dispose]: () => held[Symbol.dispose]() }
}
