import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, test } from 'node:test'
import { transact } from '../../src/adapters/node-sqlite.ts'
import { sqlite } from '../../src/connections/sqlite.ts'
import { createQueue, defineJob, type JobContext, type UniqueOptions } from '../../src/index.ts'
import { workedKinds } from '../support/connections.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

type Handler = (data: { id: number }, context: JobContext) => Promise<void> | void

for (const kind of workedKinds) {
  describe(`a unique job on ${kind.name}`, () => {
    test('is not dispatched again while the first one waits, and again when it has completed', async () => {
      await using bench = await withUnique()

      const first = await bench.dispatch(1)
      const second = await bench.dispatch(1)
      const other = await bench.dispatch(2)
      await bench.drain()
      const again = await bench.dispatch(1)

      assert.deepEqual(
        [first, second, other, again].map(({ isSkipped }) => isSkipped === true),
        [false, true, false, false],
      )
      assert.deepEqual(bench.skipped, [{ id: 1 }])
      assert.equal((await bench.queue.size()).pending, 1)
    })

    test('of twenty dispatched at once one is there', async () => {
      await using bench = await withUnique()

      const dispatched = await Promise.all(Array.from({ length: 20 }, () => bench.dispatch(1)))

      assert.equal(dispatched.filter(({ isSkipped }) => !isSkipped).length, 1)
      assert.equal((await bench.queue.size()).pending, 1)
    })

    test('keeps its lock through releases and errors, and frees it when it has failed', async () => {
      const during: boolean[] = []
      await using bench = await withUnique({}, async (_data, context) => {
        during.push((await bench.dispatch(1)).isSkipped === true)
        if (context.attempt === 1) return context.release(0)
        throw new Error('no')
      })
      await bench.dispatch(1)

      await bench.drain()

      assert.deepEqual(during, [true, true, true])
      assert.equal(await bench.queue.countFailed(), 1)
      assert.equal((await bench.dispatch(1)).isSkipped, undefined)
    })

    test('that is unique until it begins can be dispatched by its own handler', async () => {
      const during: boolean[] = []
      await using bench = await withUnique({ untilProcessing: true }, async () => {
        if (during.length === 0) during.push((await bench.dispatch(1)).isSkipped === true)
      })
      await bench.dispatch(1)

      assert.equal((await bench.drain()).processed, 2)
      assert.deepEqual(during, [false])
    })

    test('may be dispatched again when its time is over, whatever became of the first', async () => {
      await using bench = await withUnique({ for: 60 })
      await bench.dispatch(1)

      await bench.passTime(61)

      assert.equal((await bench.dispatch(1)).isSkipped, undefined)
    })

    test('frees the lock that it took, also when its class fills in a default', async () => {
      await using opened = await kind.open()
      const php = { properties: { id: {}, tenantId: { default: null } } }
      const unique = { id: (data: unknown) => `${Object(data).id} ${Object(data).tenantId}` }
      const job = defineJob<{ id: number }>('Defaults', { php, unique }, () => undefined)
      const queue = createQueue({ connection: opened.connection, jobs: [job] })
      await queue.dispatch(job, { id: 1 })

      await queue.worker({ stopWhenEmpty: true }).run()

      assert.equal((await queue.dispatch(job, { id: 1 })).isSkipped, undefined)
    })

    test('is refused by pushMany, which could not say which of them it skipped', async () => {
      await using bench = await withUnique()

      await assert.rejects(bench.queue.pushMany(bench.job, [{ id: 1 }]), { code: 'INVALID_OPTION' })

      assert.equal((await bench.queue.size()).pending, 0)
    })

    async function withUnique(unique: UniqueOptions = {}, handler: Handler = () => undefined) {
      const opened = await kind.open()
      const id = (data: unknown) => String(Object(data).id)
      const job = defineJob<{ id: number }>('Unique', { tries: 3, unique: { id, ...unique } }, handler)
      const queue = createQueue({ connection: opened.connection, jobs: [job] })
      const skipped: unknown[] = []
      queue.on('jobSkipped', ({ data }) => skipped.push(data))
      return {
        queue,
        job,
        skipped,
        passTime: opened.passTime,
        dispatch: (n: number) => queue.dispatch(job, { id: n }),
        drain: () => queue.worker({ stopWhenEmpty: true }).run(),
        [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
      }
    }
  })
}

test('a unique job is taken back with its lock when the transaction of the application is rolled back', async () => {
  using folder = temporaryFolder()
  const path = join(folder.path, 'queue.sqlite')
  const job = defineJob<undefined>('Unique', { unique: {} }, () => undefined)
  await using queue = createQueue({ connection: sqlite(path), jobs: [job] })
  await queue.migrate()
  using database = new DatabaseSync(path)

  const work = transact(database, async (_, tx) => {
    await queue.dispatch(job, undefined, { tx })
    throw new Error('rolled back')
  })

  await assert.rejects(work, /rolled back/)
  assert.equal((await queue.size()).pending, 0)
  assert.equal((await queue.dispatch(job, undefined)).isSkipped, undefined)
})

test('a unique job whose key no table holds is refused when it is dispatched', async () => {
  const [kind] = workedKinds
  await using opened = await kind?.open()
  assert.ok(opened)
  const job = defineJob<string>('Unique', { unique: { id: (data) => String(data) } }, () => undefined)
  const queue = createQueue({ connection: opened.connection, jobs: [job] })

  await assert.rejects(queue.dispatch(job, 'x'.repeat(300)), /unique\.id.*at most 255 characters/)
  assert.deepEqual(await queue.jobs(), [])
})

test('a class whose locks Laravel 12 names by a hash is refused without it', async () => {
  const [kind] = workedKinds
  await using opened = await kind?.open()
  assert.ok(opened)
  const { connection } = opened
  const php = { properties: {}, displayName: 'Copia' }
  const without = defineJob('App\\Jobs\\Named', { php, unique: {} }, () => undefined)
  const named = defineJob('App\\Jobs\\Named', { php, unique: { name: 'a1b2' } }, () => undefined)

  assert.throws(() => createQueue({ connection, jobs: [without], laravel: { version: 12 } }), /unique\.name/)
  createQueue({ connection, jobs: [without], laravel: { version: 11 } })
  const queue = createQueue({ connection, jobs: [named], laravel: { version: 12, cachePrefix: 'p-' } })
  await queue.dispatch(named, {})
  assert.equal(await connection.shared.releaseLock('p-laravel_unique_job:a1b2:'), true)
})
