import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { sync } from '../../src/index.ts'
import { Leases } from '../../src/worker/lease.ts'
import { Pace } from '../../src/worker/pace.ts'
import { Supply } from '../../src/worker/supply.ts'
import { wrappedConnection } from '../support/wrapped-connection.ts'

test('a database that does not answer is asked again after growing pauses, which chance spreads by half either way', async (context) => {
  const shortest = await pausesOf(context, 0)
  const middle = await pausesOf(context, 0.5)
  const longest = await pausesOf(context, 1)

  assert.deepEqual(shortest, [50, 100, 200, 400])
  assert.deepEqual(middle, [100, 200, 400, 800])
  assert.deepEqual(longest, [150, 300, 600, 1_200])
})

/** Milliseconds between the first five questions, when chance answers this. */
async function pausesOf({ mock }: TestContext, chance: number): Promise<readonly number[]> {
  mock.method(Math, 'random', () => chance)
  mock.timers.enable({ apis: ['setTimeout'] })
  let now = 0
  const askedAt: number[] = []
  const supply = supplyFrom(() => askedAt.push(now))
  void supply.next()
  for (await nextTurn(); askedAt.length < 5; await nextTurn()) {
    now += 10
    mock.timers.tick(10)
  }
  await supply.close()
  mock.timers.reset()
  mock.restoreAll()
  return askedAt.slice(1).map((at, index) => at - (askedAt[index] ?? 0))
}

/** Of a database that is away; `onAsked` hears each question. */
function supplyFrom(onAsked: () => void): Supply {
  const exchange = async () => {
    onAsked()
    throw new Error('nobody there')
  }
  const connection = wrappedConnection(sync({ retryAfter: 90 }), { exchange })
  return new Supply({
    connection,
    waiting: () => ({ queues: ['default'] }),
    leases: new Leases(connection, () => undefined),
    pace: new Pace(),
    limit: Number.POSITIVE_INFINITY,
    claimsAhead: true,
    onAcknowledged: () => undefined,
    onDry: () => undefined,
    onError: () => undefined,
  })
}
