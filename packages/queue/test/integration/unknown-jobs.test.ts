import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type AnyJobDefinition, createQueue, defineJob, InvalidOptionError, type Queue } from '../../src/index.ts'
import { workedKinds } from '../support/connections.ts'
import { eventually } from '../support/eventually.ts'

const phpJob = 'App\\Jobs\\SendInvoice'
const closure = JSON.stringify({
  uuid: 'c',
  displayName: 'Closure (web.php:7)',
  job: 'Illuminate\\Queue\\CallQueuedHandler@call',
  data: { commandName: 'Illuminate\\Queue\\CallQueuedClosure', command: 'O:1:"x":0:{}' },
})

for (const kind of workedKinds) {
  describe(`jobs that nobody registered, on ${kind.name}`, () => {
    test('are left as they are for who knows them', async () => {
      await using bench = await withKnown()
      await bench.queue.push(phpJob, { id: 1 }, { delay: 0 })
      await bench.push([closure, 'no json', '{"uuid":"x"}'])
      await bench.queue.push('Known', 1)
      await bench.queue.push('Unknown', 1)

      const { processed } = await bench.queue.worker({ stopWhenEmpty: true }).run()

      assert.equal(processed, 1)
      assert.deepEqual(bench.ran, [1])
      const left = await bench.queue.jobs()
      assert.equal(left.length, 5)
      assert.ok(left.every(({ attempts, reservedAt }) => attempts === 0 && reservedAt === null))
      assert.equal(await bench.queue.countFailed(), 0)
    })

    test('are given back uncounted when their text only looks like a known one', async () => {
      await using bench = await withKnown()
      const { uuid } = await bench.queue.push('Unknown', { job: 'Known' })
      const released: string[] = []
      bench.queue.on('jobReleased', (event) => released.push(event.uuid))

      await bench.queue.worker({ stopWhenEmpty: true }).run()

      const [left] = await bench.queue.jobs()
      assert.deepEqual([left?.attempts, left?.reservedAt, released, bench.ran], [0, null, [uuid], []])
      assert.deepEqual(await bench.queue.size(), { pending: 1, delayed: 0, reserved: 0 })
    })

    test('leave those of hundreds of known ones to be found', async () => {
      await using bench = await withKnown({ unknownJobs: 'leave', others: 600 })
      await bench.queue.push('Unknown', 1)
      await bench.queue.push('Known', 1)
      // As a person writes it.
      await bench.push(['{"uuid": "u", "job": "Known", "data": 2}'])

      await bench.queue.worker({ stopWhenEmpty: true }).run()

      assert.deepEqual(bench.ran, [1, 2])
      assert.equal((await bench.queue.jobs()).length, 1)
    })

    test('are not handed to a runner of the process that dispatches them', async () => {
      await using bench = await withKnown()
      const worker = bench.queue.worker({ sleep: 0.05 })
      const running = worker.run()
      await bench.queue.push('Known', 1)
      await eventually(async () => bench.ran.length === 1 && (await bench.queue.jobs()).length === 0)

      await bench.queue.push('Unknown', 1)
      await bench.queue.push('Known', 2)
      await eventually(() => bench.ran.length === 2)
      worker.stop()
      await running

      assert.deepEqual(
        (await bench.queue.jobs()).map(({ attempts }) => attempts),
        [0],
      )
    })

    test('leave a worker that claims nothing ahead, so that its death costs nobody a try', async () => {
      await using bench = await withKnown()
      await bench.queue.pushMany(bench.known, [1, 2, 3, 4, 5, 6])
      let mostReserved = 0
      bench.during = async () => {
        mostReserved = Math.max(mostReserved, (await bench.queue.size()).reserved)
      }

      await bench.queue.worker({ stopWhenEmpty: true }).run()

      assert.deepEqual([bench.ran.length, mostReserved], [6, 1])
    })

    test('fail with the reason where that is asked for, which is the default', async () => {
      for (const setting of [{ unknownJobs: 'fail' }, {}] as const) {
        await using bench = await withKnown(setting)
        await bench.queue.push('Unknown', 1)
        await bench.push([closure])

        await bench.queue.worker({ stopWhenEmpty: true, tries: 3 }).run()

        const failed = await bench.queue.failed()
        assert.equal(failed.length, 2)
        assert.ok(failed.every(({ exception }) => exception.startsWith('UnknownJobError: ')))
      }
    })
  })

  interface Setting {
    readonly unknownJobs?: 'fail' | 'leave'
    /** Further known jobs. */
    readonly others?: number
  }

  interface Bench extends AsyncDisposable {
    readonly queue: Queue
    readonly known: AnyJobDefinition
    readonly ran: number[]
    /** While a known job runs. */
    during: () => Promise<void> | void
    push(payloads: readonly string[]): Promise<void>
  }

  async function withKnown({ others = 0, ...setting }: Setting = { unknownJobs: 'leave' }): Promise<Bench> {
    const opened = await kind.open()
    const known = defineJob<number>('Known', {}, async (n) => {
      bench.ran.push(n)
      await bench.during()
    })
    const { connection } = opened
    const more = Array.from({ length: others }, (_, n) => defineJob(`Other${n}`, {}, () => undefined))
    const queue = createQueue({ connection, jobs: [...more, known], ...setting })
    const bench: Bench = {
      queue,
      known,
      ran: [],
      during: () => undefined,
      push: (payloads) =>
        connection.push(payloads.map((payload) => ({ queue: 'default', payload, due: { inSeconds: 0 } }))),
      [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
    }
    return bench
  }
}

test('what becomes of them is one of two words', async () => {
  const [kind] = workedKinds
  await using opened = await kind?.open()
  assert.ok(opened)
  const settings: object = { connection: opened.connection, unknownJobs: 'ignore' }

  assert.throws(() => Reflect.apply(createQueue, undefined, [settings]), InvalidOptionError)
})
