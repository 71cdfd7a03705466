import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { Connection, Reservation } from '../../src/connection.ts'
import { createQueue, defineJob, type OverlapOptions } from '../../src/index.ts'
import { cacheKeys } from '../../src/laravel/cache-keys.ts'
import { laravelFormats } from '../../src/laravel/formats.ts'
import { workedKinds } from '../support/connections.ts'
import { eventually } from '../support/eventually.ts'
import { wrappedConnection } from '../support/wrapped-connection.ts'

for (const kind of workedKinds) {
  describe(`jobs that do not overlap on ${kind.name}`, () => {
    test('run one after the other, and waiting costs none of them a try', async () => {
      await using bench = await withAlone({})
      await bench.queue.pushMany(bench.job, ['a', 'a', 'a', 'b'])
      let most = 0
      let running = 0
      bench.during = async (key) => {
        if (key === 'b') return
        running += 1
        most = Math.max(most, running)
        await wait(50)
        running -= 1
      }

      const worker = bench.queue.worker({ concurrency: 4, tries: 1, sleep: 0.05 })
      const ended = worker.run()
      await eventually(() => bench.ran.length === 4, 20)
      worker.stop()
      await ended

      assert.deepEqual([most, await bench.queue.countFailed(), await bench.queue.jobs()], [1, 0, []])
      assert.equal(await bench.lock('a'), true)
    })

    test('that are dropped end without running', async () => {
      await using bench = await withAlone({ isDropped: true })
      assert.ok(await bench.lock('a'))
      await bench.queue.dispatch(bench.job, 'a')

      const { processed } = await bench.queue.worker({ stopWhenEmpty: true }).run()

      assert.deepEqual([processed, bench.ran, await bench.queue.jobs()], [1, [], []])
    })

    for (const [what, key] of [
      ['cannot be made', () => assert.fail('no key')],
      ['no table holds', () => 'x'.repeat(256)],
    ] as const) {
      test(`fail with the reason where the key ${what}, and keep nobody from running`, async () => {
        await using bench = await withAlone({ key })
        await bench.queue.dispatch(bench.job, 'a')
        await bench.queue.dispatch(bench.other, 'b')

        const { processed } = await bench.queue.worker({ stopWhenEmpty: true, tries: 3 }).run()

        assert.deepEqual([processed, bench.ran, await bench.queue.jobs()], [2, ['b'], []])
        const [failed] = await bench.queue.failed()
        assert.match(String(failed?.exception), /no key|withoutOverlapping\.key/)
      })
    }

    test('run again when their worker died, though nobody gave the lock back', async () => {
      await using bench = await withAlone({})
      const { uuid } = await bench.queue.dispatch(bench.job, 'a')
      const { promise: never } = Promise.withResolvers<void>()
      bench.during = () => never
      // As good as dead: it neither ends nor writes.
      const dead = createQueue({ connection: bench.silent, jobs: [bench.job], laravel: { cachePrefix: 'p_' } })
      void dead.worker({ maxJobs: 1 }).run()
      await eventually(() => bench.ran.length === 1)
      await bench.passTime(31)
      bench.during = () => undefined

      await bench.queue.worker({ maxJobs: 1, tries: 1 }).run()

      assert.deepEqual(
        [bench.ran, await bench.queue.isQueued(uuid), await bench.queue.countFailed()],
        [['a', 'a'], false, 0],
      )
    })

    test('leave the lock alone when another worker has the job now', async () => {
      await using bench = await withAlone({})
      await bench.queue.dispatch(bench.job, 'a')
      const lost = wrappedConnection(bench.silent, { renew: async (all: readonly Reservation[]) => all })
      const job = defineJob<string>('Alone', { withoutOverlapping: { key: String } }, (_key, context) =>
        context.renew(),
      )
      const late = createQueue({ connection: lost, jobs: [job], laravel: { cachePrefix: 'p_' } })

      await late.worker({ maxJobs: 1 }).run()

      assert.equal(await bench.lock('a'), false)
    })

    test('wait while the database cannot be asked for the lock, and free it when it can be told again', async () => {
      const failures = { acquire: 1, release: 2 }
      const failing = async <T>(kindOf: 'acquire' | 'release', work: () => Promise<T>): Promise<T> => {
        failures[kindOf] -= 1
        if (failures[kindOf] >= 0) throw new Error('The database is away.')
        return work()
      }
      await using bench = await withAlone({}, ({ shared }) => ({
        shared: {
          ...membersOf(shared),
          acquireLock: (lock) => failing('acquire', () => shared.acquireLock(lock)),
          releaseLock: (key, owner) => failing('release', () => shared.releaseLock(key, owner)),
        },
      }))
      await bench.queue.dispatch(bench.job, 'a')

      await bench.queue.worker({ maxJobs: 2, tries: 1 }).run()

      assert.deepEqual([bench.ran, failures.release, await bench.queue.countFailed()], [['a'], -1, 0])
      assert.equal(await bench.lock('a'), true)
    })

    test('do not begin when they are told to stop while they wait for the lock, and it was no try', async () => {
      await using bench = await withAlone({}, ({ shared }) => ({
        shared: {
          ...membersOf(shared),
          acquireLock: async (lock) => {
            const isAcquired = await shared.acquireLock(lock)
            worker.stopNow()
            return isAcquired
          },
        },
      }))
      await bench.queue.dispatch(bench.job, 'a')
      const worker = bench.queue.worker({ memory: 0, tries: 1 })

      await worker.run()
      const [left] = await bench.queue.jobs()

      assert.deepEqual([bench.ran, await bench.queue.countFailed(), left?.reservedAt], [[], 0, null])
      assert.equal(await bench.lock('a'), true)
      assert.equal((await bench.queue.worker({ memory: 0, tries: 1, maxJobs: 1 }).run()).processed, 1)
    })

    async function withAlone(
      options: OverlapOptions,
      own: (connection: Connection) => Partial<Connection> = () => ({}),
    ) {
      const opened = await kind.open()
      const ran: string[] = []
      const state = { during: (_key: string): Promise<void> | void => undefined }
      const job = defineJob<string>('Alone', { withoutOverlapping: { key: String, ...options } }, async (key) => {
        ran.push(key)
        await state.during(key)
      })
      const other = defineJob<string>('Other', {}, (key) => void ran.push(key))
      const connection = wrappedConnection(opened.connection, { ...own(opened.connection) })
      const queue = createQueue({ connection, jobs: [job, other], laravel: { cachePrefix: 'p_' } })
      return Object.assign(state, {
        queue,
        job,
        other,
        ran,
        /** The same without renewals. */
        silent: wrappedConnection(opened.connection, { renew: async () => [] }),
        passTime: opened.passTime,
        /** Takes the lock of a key as a stranger; true when it was free. */
        lock: (key: string) =>
          opened.connection.shared.acquireLock({
            key: cacheKeys('p_', laravelFormats[11]).overlap(key, 'Alone'),
            owner: 'stranger',
            seconds: 60,
          }),
        [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
      })
    }
  })
}

function membersOf(shared: Connection['shared']): Connection['shared'] {
  return {
    get: (keys) => shared.get(keys),
    put: (key, value, seconds) => shared.put(key, value, seconds),
    forget: (key) => shared.forget(key),
    increment: (key, seconds) => shared.increment(key, seconds),
    acquireLock: (lock) => shared.acquireLock(lock),
    releaseLock: (key, owner) => shared.releaseLock(key, owner),
    releaseLocksOf: (owner) => shared.releaseLocksOf(owner),
  }
}
