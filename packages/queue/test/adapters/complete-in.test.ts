import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ClaimedJob, Connection, FollowUp } from '../../src/connection.ts'
import { createQueue, defineJob, type JobContext, type Queue } from '../../src/index.ts'
import { allowsFailures } from '../../src/laravel/batch-options.ts'
import { workToTheEnd } from '../support/work-to-the-end.ts'
import type { Inside, Shop } from './shop.ts'
import { shopKinds } from './shop-kinds.ts'

/** A job whose effect and whose end are one commit, through every client. */
for (const kind of shopKinds) {
  describe(`a job that completes in its own transaction, with ${kind.name}`, () => {
    test('is gone together with its effect, and no sooner', async () => {
      await using shop = await kind.open()
      await using worked = workOn(shop, async (inside, context) => {
        await inside.addOrder(1)
        await context.completeIn(inside.tx)
        assert.deepEqual([await shop.orders(), await shop.jobs()], [[], 1])
      })

      assert.deepEqual(await worked.heard(), ['jobProcessed'])
      assert.deepEqual([await shop.orders(), await shop.jobs()], [[1], 0])
    })

    test('is tried again when that was rolled back, and nothing remains', async () => {
      await using shop = await kind.open()
      await using worked = workOn(shop, async (inside, context) => {
        await inside.addOrder(context.attempt)
        await context.completeIn(inside.tx)
        if (context.attempt === 1) throw new Error('no')
      })

      assert.deepEqual(await worked.heard(), ['jobReleased no', 'jobProcessed'])
      assert.deepEqual([await shop.orders(), await shop.jobs()], [[2], 0])
    })

    test('brings its follow-up with it, or not', async () => {
      await using shop = await kind.open()
      await using connection = shop.connect()
      await connection.pushBatch({ id: 'b', name: '', options: '' }, [{ ...next, payload: 'first' }])
      const [job] = await connection.claim({ queues: ['default'], limit: 1 })
      assert.ok(job)
      const undone = shop.client.transact(async ({ tx }) => {
        assert.equal(await connection.conclude(job, followUp, tx), true)
        throw new Error('no')
      })

      await assert.rejects(undone, /^Error: no$/)
      assert.deepEqual(await leftOf(shop, connection), [['first'], 1, false])
      assert.equal(await shop.client.transact(({ tx }) => connection.conclude(job, followUp, tx)), true)

      assert.deepEqual(await leftOf(shop, connection), [['next'], 0, true])
      assert.equal(await concludeLate(shop, connection, job), false)
    })
  })
}

const next = { queue: 'default', payload: 'next', due: { inSeconds: 0 } }
const followUp: FollowUp = { next, batch: { batchId: 'b', uuid: 'u', allowsFailures } }

function concludeLate(shop: Shop, connection: Connection, job: ClaimedJob): Promise<boolean> {
  return shop.client.transact(({ tx }) => connection.conclude(job, followUp, tx))
}

async function leftOf(shop: Shop, connection: Connection) {
  const [batch] = await shop.run('select pending_jobs, finished_at from job_batches')
  const payloads = (await connection.jobs({})).map(({ payload }) => payload)
  return [payloads, Number(batch?.pending_jobs), batch?.finished_at !== null]
}

/** Runs one job, whose handler is a transaction, until nothing is left to do. */
function workOn(shop: Shop, work: (inside: Inside, context: JobContext) => Promise<void>) {
  const job = defineJob<null>('Ship', { tries: 2, backoff: 0 }, (_data, context) =>
    shop.client.transact((inside) => work(inside, context)),
  )
  const queue = createQueue({ connection: shop.connect(), jobs: [job] })
  const heard = listen(queue)
  return {
    heard: async () => {
      await queue.dispatch(job, null)
      await workToTheEnd(queue)
      return heard
    },
    [Symbol.asyncDispose]: () => queue.close(),
  }
}

function listen(queue: Queue): readonly string[] {
  const heard: string[] = []
  for (const name of ['jobProcessed', 'jobReleased', 'jobFailed', 'leaseLost', 'workerError'] as const)
    queue.on(name, (event) => heard.push([name, ...('error' in event ? [messageOf(event.error)] : [])].join(' ')))
  return heard
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
