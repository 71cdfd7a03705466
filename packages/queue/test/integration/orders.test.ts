import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createQueue, defineJob } from '../../src/index.ts'
import { defaultCachePrefix } from '../../src/laravel/cache-keys.ts'
import { workedKinds } from '../support/connections.ts'
import { eventually } from '../support/eventually.ts'

for (const kind of workedKinds) {
  describe(`a worker on ${kind.name}`, () => {
    test('that is told to restart ends after its current job, and a new one goes on', async () => {
      await using bench = await withJob()
      const worker = bench.queue.worker({ sleep: 0.1 })
      const running = worker.run()
      await bench.elsewhere.dispatch(bench.job, 'a')
      await eventually(() => bench.ran.length === 1)

      await bench.elsewhere.restartWorkers()

      assert.deepEqual(await running, { reason: 'restart_signal', processed: 1, exitCode: 0 })
      await bench.elsewhere.dispatch(bench.job, 'b')
      assert.equal((await bench.queue.worker({ stopWhenEmpty: true }).run()).processed, 1)
    })

    test('hears an order that Laravel wrote', async () => {
      await using bench = await withJob()
      const running = bench.queue.worker({ sleep: 0.1 }).run()
      await eventually(() => bench.isRunning())

      // As its cache store writes it, under the prefix of an application without a name of its own.
      await bench.shared.put('laravel_cache_illuminate:queue:restart', 'i:1795449605;')

      assert.equal((await running).reason, 'restart_signal')
    })

    test('takes no job of a paused queue until it is resumed, and goes on with the others', async () => {
      await using bench = await withJob()
      await bench.elsewhere.pause('default')
      const heard: unknown[] = []
      for (const event of ['queuePaused', 'queueResumed'] as const) {
        bench.queue.on(event, ({ queue }) => heard.push([event, queue]))
      }
      const worker = bench.queue.worker({ queues: ['default', 'other'], sleep: 0.1 })
      const running = worker.run()
      await bench.elsewhere.dispatch(bench.job, 'paused')
      await bench.elsewhere.dispatch(bench.job, 'other', { queue: 'other' })
      await eventually(() => bench.ran.length === 1)
      assert.deepEqual(bench.ran, ['other'])

      assert.equal(await bench.elsewhere.resume('default'), true)
      await eventually(() => bench.ran.length === 2)
      worker.stop()

      assert.equal((await running).processed, 2)
      assert.deepEqual(heard, [
        ['queuePaused', 'default'],
        ['queueResumed', 'default'],
      ])
    })

    test('is paused with all others, and a job dispatched by its own process waits too', async () => {
      await using bench = await withJob()
      await bench.elsewhere.pause()
      await bench.queue.dispatch(bench.job, 'a')

      const { processed } = await bench.queue.worker({ stopWhenEmpty: true }).run()

      assert.equal(processed, 0)
      assert.deepEqual([await bench.elsewhere.resume('default'), await bench.elsewhere.resume()], [false, true])
      assert.equal((await bench.queue.worker({ stopWhenEmpty: true }).run()).processed, 1)
    })

    test('takes jobs again when the time of a pause is over', async () => {
      await using bench = await withJob()
      await bench.elsewhere.pause('default', 60)
      await bench.queue.dispatch(bench.job, 'a')
      assert.equal((await bench.queue.worker({ stopWhenEmpty: true }).run()).processed, 0)

      await bench.passTime(61)

      assert.equal((await bench.queue.worker({ stopWhenEmpty: true }).run()).processed, 1)
    })

    test('that cannot look for orders says so, and works', async () => {
      await using bench = await withJob()
      await bench.execute('drop table cache')
      const errors: unknown[] = []
      bench.queue.on('workerError', ({ error }) => errors.push(error))
      await bench.elsewhere.dispatch(bench.job, 'a')

      const { processed } = await bench.queue.worker({ stopWhenEmpty: true }).run()

      assert.equal(processed, 1)
      assert.match(String(errors), /lacks a table|no such table: cache/)
    })

    async function withJob() {
      const opened = await kind.open()
      const ran: string[] = []
      const job = defineJob<string>('Job', {}, (text) => void ran.push(text))
      const { connection } = opened
      const queue = createQueue({ connection, jobs: [job] })
      return {
        queue,
        /** As another process would have it: it hands nothing over to a worker of the first. */
        elsewhere: createQueue({ connection, jobs: [job] }),
        job,
        ran,
        shared: connection.shared,
        passTime: opened.passTime,
        execute: async (sql: string) => opened.execute?.(sql),
        isRunning: async () => {
          await queue.dispatch(job, 'is there')
          return ran.length > 0
        },
        [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
      }
    }
  })
}

for (const [version, appName, prefix] of [
  [8, 'Laravel', 'laravel_cache'],
  [11, 'Laravel', 'laravel_cache_'],
  [11, 'Distribuidora Ñandú S.A.S.', 'distribuidora_nandu_sas_cache_'],
  [12, 'Laravel', 'laravel-cache-'],
  [13, ' A_b-c @ d ', 'a-b-c-at-d-cache-'],
] as const) {
  test(`Laravel ${version} puts ${prefix} before the keys of ${appName}`, () => {
    assert.equal(defaultCachePrefix(version, appName), prefix)
  })
}
