import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createQueue, defineJob, type JobOptions } from '../../../src/index.ts'
import { eventually } from '../../support/eventually.ts'
import { LaravelApplication, type Told } from '../../support/laravel/laravel-application.ts'
import { sharedKinds } from '../../support/laravel/shared-database.ts'
import { canLoadLaravel } from '../../support/laravel.ts'

const step = 'App\\Jobs\\StepJob'
const phpStep = 'App\\Jobs\\PhpStepJob'
const alone = 'App\\Jobs\\AloneJob'

const classes: Readonly<Record<string, JobOptions>> = {
  [step]: { tries: 3, php: { properties: { name: {} } } },
  'App\\Jobs\\BatchedFailure': { tries: 1, php: { properties: {} } },
  [alone]: {
    tries: 0,
    php: { properties: { key: {} } },
    withoutOverlapping: { key: (data) => Object(data).key, releaseAfter: 60 },
  },
}

for (const [name, open] of canLoadLaravel() ? sharedKinds : []) {
  describe(`chains, batches and overlapping with a Laravel application on ${name}`, () => {
    test('each side carries on the chain of the other, in order, on its queue', async () => {
      await using bench = await withApplication()
      await bench.php(['dispatch:chain', 'a', 'b', 'php-c', 'd'])

      const here = await bench.drain(['default', 'steps'])
      const waiting = await bench.queue.jobs()
      const there = await bench.php([...work, '--queue=steps', '--max-jobs=1'])
      const hereAgain = await bench.drain(['default', 'steps'])

      assert.equal(here.processed, 2)
      assert.deepEqual(
        waiting.map((job) => [
          job.queue,
          job.attempts,
          JSON.parse(job.payload).displayName,
          JSON.parse(job.payload).maxTries,
        ]),
        [['steps', 0, phpStep, 7]],
      )
      assert.deepEqual(there.told, [{ job: phpStep, given: { name: 'php-c' } }])
      assert.equal(hereAgain.processed, 1)
      assert.deepEqual(namesOf(bench.ran), ['a', 'b', 'd'])
      assert.deepEqual([await bench.queue.jobs(), await bench.queue.countFailed()], [[], 0])
    })

    test('a chain ends with a step that fails, and goes on when that is retried', async () => {
      await using bench = await withApplication()
      bench.failing.add('a')
      await bench.php(['dispatch:chain', 'a', 'b'])

      await bench.drain(['default', 'steps'])
      assert.deepEqual([bench.ran, await bench.queue.jobs(), await bench.queue.countFailed()], [[], [], 1])
      bench.failing.clear()
      await bench.queue.retryAll()
      await bench.drain(['default', 'steps'])

      assert.deepEqual(namesOf(bench.ran), ['a', 'b'])
    })

    test('both sides count the jobs of a batch, which is finished with the last', async () => {
      await using bench = await withApplication()
      await bench.php(['dispatch:batch', 'strict', 'a', 'b', 'c'])

      await bench.queue.worker({ maxJobs: 2 }).run()
      assert.deepEqual(await bench.batches(), [
        { pending: 1, failed: 0, ids: '[]', isFinished: false, isCancelled: false },
      ])
      await bench.php(work)

      assert.deepEqual(await bench.batches(), [
        { pending: 0, failed: 0, ids: '[]', isFinished: true, isCancelled: false },
      ])
    })

    test('a batch that is dispatched here is counted by both sides', async () => {
      await using bench = await withApplication()
      const job = bench.definition(step)
      const { id } = await bench.queue.dispatchBatch(
        ['a', 'b', 'c'].map((member) => ({ job, data: { name: member } })),
        { name: 'here', queue: 'default' },
      )
      const [row] = await bench.query('select * from job_batches')
      assert.deepEqual([row?.id, row?.name, Number(row?.total_jobs)], [id, 'here', 3])
      assert.equal(row?.options, 'a:1:{s:5:"queue";s:7:"default";}')

      const { told } = await bench.php([...work, '--max-jobs=2'])
      assert.equal(told.length, 2)
      await bench.drain()

      assert.deepEqual(await bench.batches(), [
        { pending: 0, failed: 0, ids: '[]', isFinished: true, isCancelled: false },
      ])
    })

    for (const [allowsFailures, isCancelled] of [
      [false, true],
      [true, false],
    ] as const) {
      test(`what a batch of ours allows is understood by PHP (${allowsFailures})`, async () => {
        await using bench = await withApplication()
        const job = bench.definition('App\\Jobs\\BatchedFailure')
        await bench.queue.dispatchBatch(
          [
            { job, data: {} },
            { job, data: {} },
          ],
          { allowsFailures },
        )

        await bench.application.run([...work, '--max-jobs=1'])

        const [batch] = await bench.batches()
        assert.deepEqual([batch?.failed, batch?.pending, batch?.isCancelled], [1, 2, isCancelled])
      })
    }

    test('the last job of a batch may end here', async () => {
      await using bench = await withApplication()
      await bench.php(['dispatch:batch', 'strict', 'a', 'b'])

      await bench.php([...work, '--max-jobs=1'])
      await bench.drain()

      assert.deepEqual(await bench.batches(), [
        { pending: 0, failed: 0, ids: '[]', isFinished: true, isCancelled: false },
      ])
    })

    for (const [allowing, isOver] of [
      ['strict', true],
      ['allow', false],
    ] as const) {
      test(`a failure is counted in a batch (${allowing}), and its retry completes it`, async () => {
        await using bench = await withApplication()
        bench.failing.add('b')
        await bench.php(['dispatch:batch', allowing, 'a', 'b', 'c'])

        await bench.drain()
        const [failed] = await bench.queue.failed()
        assert.deepEqual(await bench.batches(), [
          { pending: 1, failed: 1, ids: JSON.stringify([failed?.uuid]), isFinished: isOver, isCancelled: isOver },
        ])
        bench.failing.clear()
        await bench.queue.retryAll()
        await bench.drain()

        const [batch] = await bench.batches()
        assert.deepEqual([batch?.pending, batch?.ids, batch?.isFinished], [0, '[]', true])
      })
    }

    test('a member that fails before its handler is counted too', async () => {
      await using bench = await withApplication()
      await bench.php(['dispatch:batch', 'strict', 'a', 'b'])
      const strangers = createQueue({ connection: bench.connection, laravel: { version: 8 } })

      await strangers.worker({ maxJobs: 1 }).run()

      const [batch] = await bench.batches()
      assert.deepEqual([batch?.pending, batch?.failed, batch?.isCancelled], [2, 1, true])
    })

    test('a job whose batch cannot be counted runs once, and is kept among the failed', async () => {
      await using bench = await withApplication()
      await bench.php(['dispatch:batch', 'strict', 'a'])
      await bench.query('alter table job_batches rename to batches_away')

      await bench.drain()

      const [failed] = await bench.queue.failed()
      assert.match(failed?.exception ?? '', /^FollowUpError: /)
      assert.deepEqual([namesOf(bench.ran), await bench.queue.jobs()], [['a'], []])
    })

    test('garbage where the failed ids should be does not keep a batch from ending', async () => {
      await using bench = await withApplication()
      await bench.php(['dispatch:batch', 'strict', 'a'])
      await bench.query(`update job_batches set failed_job_ids = 'no json'`)

      await bench.drain()

      const [batch] = await bench.batches()
      assert.deepEqual([batch?.pending, batch?.ids, batch?.isFinished], [0, '[]', true])
    })

    test('a job that runs on one side keeps the one with its key waiting on the other', async () => {
      await using bench = await withApplication()
      await bench.php(['dispatch:alone', 'k'])
      const running = bench.application.start([...work, '--max-jobs=1'], { JOBS_WAIT: '1' })
      await eventually(() => running.output().includes('"key":"k"'))

      await bench.queue.push(alone, { key: 'k' })
      await bench.queue.push(alone, { key: 'other' })
      await bench.drain()
      assert.deepEqual(keysOf(bench.ran), ['other'])
      assert.equal((await bench.queue.size()).delayed, 1)
      running.goOn()
      await running.finished

      // The other way round.
      await bench.query('update jobs set available_at = available_at - 60')
      const { promise: mayEnd, resolve: end } = Promise.withResolvers<void>()
      bench.during = () => mayEnd
      const ours = bench.drain()
      await eventually(() => bench.ran.length === 2)
      await bench.php(['dispatch:alone', 'k'])
      assert.deepEqual((await bench.php(work)).told, [])
      end()
      await ours
      await bench.query('update jobs set available_at = available_at - 60')
      assert.equal((await bench.php(work)).told.length, 1)
      assert.deepEqual([await bench.queue.jobs(), await bench.query('select * from cache_locks')], [[], []])
    })

    // What Laravel writes without asking whose the job is now: laravel-compatibility.md lists it.
    for (const [end, whatBecomes, rowsAfter, runs] of [
      ['delete', 'deletes the job that another one runs here, which is told', 0, ['a']],
      ['release', 'brings back the job that another one runs here, which then runs again', 1, ['a', 'a']],
    ] as const) {
      test(`a late worker of Laravel ${whatBecomes}`, async () => {
        await using bench = await withApplication()
        const { promise: mayEnd, resolve: letEnd } = Promise.withResolvers<void>()
        bench.during = () => mayEnd
        const lost: string[] = []
        bench.queue.on('leaseLost', (event) => lost.push(event.uuid))
        const { uuid } = await bench.queue.push(step, { name: 'a' })
        const late = await bench.takenLate(end)

        const ours = bench.queue.worker({ maxJobs: 1 }).run()
        await eventually(() => bench.ran.length === 1)
        late.goOn()
        await late.finished
        letEnd()
        await ours
        assert.deepEqual([lost, (await bench.queue.jobs()).length], [[uuid], rowsAfter])
        await bench.drain()

        assert.deepEqual(namesOf(bench.ran), runs)
      })
    }

    async function withApplication() {
      const shared = await open()
      const ran: Told[] = []
      const state = { failing: new Set<string>(), during: (): Promise<void> | void => undefined }
      const jobs = Object.entries(classes).map(([job, options]) =>
        defineJob<unknown>(job, { ...options, backoff: 0 }, async (given) => {
          if (state.failing.has(Object(given).name)) throw new Error('no')
          ran.push({ job, given })
          if (Object(given).key !== 'other') await state.during()
        }),
      )
      const laravel = { version: 8, keys: ['k'.repeat(32)] } as const
      const queue = createQueue({ connection: shared.connection, jobs, laravel, unknownJobs: 'leave' })
      const application = new LaravelApplication(shared.laravel)
      return Object.assign(state, {
        queue,
        ran,
        application,
        query: shared.query,
        definition: (name: string) => jobs.find((job) => job.name === name) ?? assert.fail(name),
        connection: shared.connection,
        php: async (words: readonly string[]) => {
          const finished = await application.run(words)
          assert.equal(finished.code, 0, finished.output)
          return finished
        },
        drain: (queues: readonly string[] = ['default']) => queue.worker({ stopWhenEmpty: true, queues }).run(),
        batches: async () =>
          (await shared.query('select * from job_batches')).map((row) => ({
            pending: Number(row.pending_jobs),
            failed: Number(row.failed_jobs),
            ids: row.failed_job_ids,
            isFinished: row.finished_at !== null,
            isCancelled: row.cancelled_at !== null,
          })),
        /** A worker of Laravel that took the job so long ago that its reservation is over. */
        takenLate: async (end: 'delete' | 'release') => {
          const late = application.start(['late', end])
          await eventually(() => late.output().includes('taken'))
          await shared.query('update jobs set reserved_at = reserved_at - 1000')
          return late
        },
        [Symbol.asyncDispose]: () => shared[Symbol.asyncDispose](),
      })
    }
  })
}

const work = ['queue:work', '--stop-when-empty', '--sleep=0']

function namesOf(told: readonly Told[]): readonly unknown[] {
  return told.map(({ given }) => Object(given).name)
}

function keysOf(told: readonly Told[]): readonly unknown[] {
  return told.map(({ given }) => Object(given).key)
}
