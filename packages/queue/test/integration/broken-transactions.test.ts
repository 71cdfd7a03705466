import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { serverKinds } from '../support/connections.ts'
import { type FaultedQueue, faultedQueue } from '../support/faulted-queue.ts'
import { sourceModules } from '../support/source-modules.ts'

const modules = await sourceModules(`${import.meta.dirname}/../../src`)
const lockWaits = { mariadb: 'lock wait timeout', postgres: 'lock not available' } as const
const drivers = (['mariadb', 'postgres'] as const).filter((name) => serverKinds.some((kind) => kind.name === name))

for (const driver of drivers) {
  describe(`a transaction on ${driver} that breaks`, () => {
    const open = () => faultedQueue(driver, { modules, retryAfter: 30 })
    const lockWait = lockWaits[driver]

    test('at its commit, which waited for a lock in vain, is undone before it is done again', async () => {
      await using queue = await open()
      const connection = queue.connect()
      const first = await claimOne(queue)
      queue.arm(lockWait, 1, 'commit')

      const isDone = await connection.conclude(first, { next: { ...job, queue: 'next' } })

      assert.equal(queue.disarm()?.next, 'rollback')
      assert.equal(isDone, true)
      assert.equal((await queue.clean.size('next')).pending, 1)
      assert.deepEqual(queue.takeProblems(), [])
    })

    test('and cannot be rolled back, ends with its session, and is done again in another', async () => {
      await using queue = await open()
      const connection = queue.connect()
      const first = await claimOne(queue)
      queue.arm(`${lockWait}, rollback refused`, 1, 'insert into jobs')

      const isDone = await connection.conclude(first, { next: { ...job, queue: 'next' } })
      await connection.size('next')

      assert.equal(queue.total, 2)
      assert.equal(isDone, true)
      assert.equal((await queue.clean.size('next')).pending, 1)
      assert.deepEqual(queue.takeProblems(), [])
    })
  })
}

for (const driver of drivers.filter((name) => name === 'mariadb')) {
  test(`a session whose network failed, or that was ended by somebody, is said to be lost on ${driver}`, async () => {
    await using queue = await faultedQueue(driver, { modules, retryAfter: 30 })
    const connection = queue.connect()
    await connection.size('default')

    for (const fault of ['network read interrupted', 'ended by somebody']) {
      queue.arm(fault, 1)
      await assert.rejects(connection.size('default'), { problem: 'connection_lost' })
      assert.deepEqual(await connection.size('default'), { pending: 0, delayed: 0, reserved: 0 })
    }

    assert.deepEqual(queue.takeProblems(), [])
  })
}

describe('a transaction on sqlite that breaks', () => {
  test('at its commit is undone, and leaves the file to others at once', async () => {
    await using queue = await faultedQueue('sqlite', { modules, retryAfter: 30 })
    const connection = queue.connect()
    const first = await claimOne(queue)
    queue.arm('disk error before', 1, 'commit')

    await assert.rejects(connection.unclaim([first]), /disk I\/O error/)

    assert.deepEqual(queue.takeProblems(), [])
    assert.deepEqual(await queue.clean.complete([first]), [])
  })

  test('and is not rolled back at the first try, leaves the file to others at once', async () => {
    await using queue = await faultedQueue('sqlite', { modules, retryAfter: 30 })
    const connection = queue.connect()
    const first = await claimOne(queue)
    // One that is lost is found out in a transaction that is rolled back.
    const late = { ...first, attempts: 2 }
    queue.arm('disk error before', 1, 'rollback')

    assert.deepEqual(await connection.complete([first, late]), [late])

    assert.equal(queue.total, 1)
    assert.deepEqual(queue.takeProblems(), [])
    assert.equal((await queue.clean.size('default')).reserved, 0)
  })
})

const job = { queue: 'default', payload: '{}', due: { inSeconds: 0 } }

async function claimOne({ clean }: FaultedQueue) {
  await clean.push([job])
  const [claimed] = await clean.claim({ queues: ['default'], limit: 1 })
  assert.ok(claimed)
  return claimed
}
