import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Connection, Transaction } from '../../src/connection.ts'
import {
  createQueue,
  defineJob,
  type JobContext,
  type JobOptions,
  type Queue,
  type QueueEvents,
  sync,
} from '../../src/index.ts'
import { mysql2Pool, nodeSqlite, pgPool } from '../adapters/raw-clients.ts'
import { mysqlShops, postgresShops, type Shop, sqliteShops } from '../adapters/shop.ts'
import { workToTheEnd } from '../support/work-to-the-end.ts'
import { wrappedConnection } from '../support/wrapped-connection.ts'

const kinds = [...sqliteShops([nodeSqlite]), ...mysqlShops([mysql2Pool]), ...postgresShops([pgPool])]

for (const kind of kinds) {
  describe(`completing a job in a transaction of its handler, with ${kind.name}`, () => {
    test('stands, whatever the handler throws after the commit', async () => {
      await using shop = await kind.open()
      const thrown = new Error('too late')

      const { heard, errors } = await run(shop, async (context) => {
        await shop.client.transact(({ tx }) => context.completeIn(tx))
        throw thrown
      })

      assert.deepEqual([heard, errors, await shop.jobs()], [['workerError', 'jobProcessed'], [thrown], 0])
    })

    test('is refused when another has claimed the job, and the effect is rolled back', async () => {
      await using shop = await kind.open()
      const seen: unknown[] = []

      const { heard } = await run(shop, async (context) => {
        await shop.run('update jobs set attempts = attempts + 1')
        const late = shop.client.transact(async ({ addOrder, tx }) => {
          await addOrder(1)
          await context.completeIn(tx)
        })
        await late.catch((error) => seen.push(error.code, context.signal.aborted, context.signal.reason === error))
      })

      assert.deepEqual([seen, heard], [['LEASE_LOST', true, true], ['leaseLost']])
      assert.deepEqual([await shop.orders(), await shop.jobs()], [[], 1])
    })

    test('is done once in an attempt, and not beside a release', async () => {
      await using shop = await kind.open()
      const invalid = { code: 'INVALID_OPTION' }

      const { heard, errors } = await run(shop, async (context) => {
        await shop.client.transact(async ({ tx }) => {
          await context.completeIn(tx)
          await assert.rejects(context.completeIn(tx), invalid)
          assert.throws(() => context.release(), invalid)
        })
        assert.throws(() => context.release(), invalid)
        await shop.client.transact(({ tx }) => assert.rejects(context.completeIn(tx), invalid))
        await context.renew()
      })

      assert.deepEqual([heard, errors, await shop.jobs()], [['jobProcessed'], [], 0])
    })

    test('is refused after a release, which stands', async () => {
      await using shop = await kind.open()

      const { heard } = await run(shop, async (context) => {
        if (context.attempt > 1) return
        context.release()
        await shop.client.transact(({ tx }) => assert.rejects(context.completeIn(tx), { code: 'INVALID_OPTION' }))
      })

      assert.deepEqual([heard, await shop.jobs()], [['jobReleased', 'jobProcessed'], 0])
    })

    test('may be tried again in another transaction when the first was rolled back', async () => {
      await using shop = await kind.open()

      const { heard } = await run(shop, async (context) => {
        const add = (id: number, more?: () => never) =>
          shop.client.transact(async ({ addOrder, tx }) => {
            await addOrder(id)
            await context.completeIn(tx)
            more?.()
          })
        await assert.rejects(add(1, fail), /^Error: no$/)
        await add(2)
      })

      assert.deepEqual([heard, await shop.orders(), await shop.jobs()], [['jobProcessed'], [2], 0])
    })

    test('and rolling back leaves everything as usual: a release, an error, the end', async () => {
      await using shop = await kind.open()

      const { heard } = await run(shop, async (context) => {
        const undone = shop.client.transact(async ({ tx }) => {
          await context.completeIn(tx)
          fail()
        })
        await assert.rejects(undone, /^Error: no$/)
        await context.renew()
        if (context.attempt === 1) context.release()
        if (context.attempt === 2) fail()
      })

      assert.deepEqual([heard, await shop.jobs()], [['jobReleased', 'jobReleased', 'jobProcessed'], 0])
    })

    test('frees the locks of the job', async () => {
      await using shop = await kind.open()
      const locks: unknown[] = []
      const options = { unique: {}, withoutOverlapping: {} }

      const { heard } = await run(
        shop,
        async (context) => {
          await shop.client.transact(({ tx }) => context.completeIn(tx))
          locks.push((await shop.run('select owner from cache_locks')).length)
        },
        { options },
      )

      assert.deepEqual([heard, locks, await shop.run('select owner from cache_locks')], [['jobProcessed'], [2], []])
    })

    test('is no lost reservation, although the next renewal finds none', async () => {
      await using shop = await kind.open()
      const renewed = Promise.withResolvers<number>()
      let isCompleted = false
      const short = (connection: Connection) =>
        wrappedConnection(connection, {
          retryAfterSeconds: 2,
          renew: async (reservations) => {
            const lost = await connection.renew(reservations)
            if (isCompleted) renewed.resolve(lost.length)
            return lost
          },
        } satisfies Partial<Connection>)
      const aborted: boolean[] = []

      const { heard } = await run(
        shop,
        async (context) => {
          await shop.client.transact(({ tx }) => context.completeIn(tx))
          isCompleted = true
          assert.equal(await renewed.promise, 1)
          await new Promise(setImmediate)
          aborted.push(context.signal.aborted)
        },
        { connect: short },
      )

      assert.deepEqual([heard, aborted], [['jobProcessed'], [false]])
    })
  })
}

test('a job on the sync connection is in no database, and is told so', async () => {
  const never: Transaction = { query: async () => ({ rows: [], changes: 0 }), afterCommit: () => undefined }
  const job = defineJob<null>('Job', {}, (_data, context) => context.completeIn(never))
  await using queue = createQueue({ connection: sync(), jobs: [job] })

  await assert.rejects(queue.dispatch(job, null), { code: 'INVALID_OPTION', message: /sync connection/ })
})

function fail(): never {
  throw new Error('no')
}

interface RunOptions {
  readonly options?: JobOptions
  readonly connect?: (connection: Connection) => Connection
}

/** Dispatches one job and works until nothing is left; answers what was heard. */
async function run(
  shop: Shop,
  handler: (context: JobContext) => Promise<unknown>,
  { options = {}, connect = (connection) => connection }: RunOptions = {},
) {
  const job = defineJob<null>('Job', { tries: 3, backoff: 0, ...options }, async (_data, context) => {
    await handler(context)
  })
  await using queue = createQueue({ connection: connect(shop.connect()), jobs: [job] })
  const heard = listen(queue)
  await queue.dispatch(job, null)
  await workToTheEnd(queue)
  return heard
}

const names = [
  'jobProcessed',
  'jobReleased',
  'jobFailed',
  'leaseLost',
  'workerError',
] as const satisfies readonly (keyof QueueEvents)[]

function listen(queue: Queue): { readonly heard: readonly string[]; readonly errors: readonly unknown[] } {
  const heard: string[] = []
  const errors: unknown[] = []
  for (const name of names) queue.on(name, () => heard.push(name))
  queue.on('workerError', ({ error }) => errors.push(error))
  return { heard, errors }
}
