import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createQueue, defineJob, type Queue, type Worker } from '../../../src/index.ts'
import { eventually } from '../../support/eventually.ts'
import { LaravelApplication } from '../../support/laravel/laravel-application.ts'
import { type SharedDatabase, sharedKinds } from '../../support/laravel/shared-database.ts'
import { canLoadLaravel } from '../../support/laravel.ts'

const report = 'App\\Jobs\\Report'
const ofEach = 1_000

/** Two workers of each side on one queue, both dispatching; PHP's give a job one try. */
for (const [name, open] of canLoadLaravel() ? sharedKinds.filter(([kind]) => kind === 'mariadb') : []) {
  test(`a mixed fleet on ${name} runs every job once, also while workers here are restarted`, async () => {
    await using shared = await open()
    await using fleet = await startFleet(shared)

    const dispatchedThere = fleet.application.run(['dispatch:reports', '0', String(ofEach)])
    for (let n = ofEach; n < 2 * ofEach; n += 1) await fleet.queue.push(report, { n })
    assert.equal((await dispatchedThere).code, 0)
    // Workers that stop with jobs they claimed and did not start must not cost PHP's workers their only try.
    for (let restarts = 0; restarts < 20; restarts += 1) await fleet.restartOne()
    await eventually(async () => (await shared.query('select id from jobs limit 1')).length === 0, 60)
    const there = await fleet.endPhp()

    const ran = [...fleet.ran, ...there]
    assert.deepEqual(
      ran.toSorted((a, b) => a - b),
      Array.from({ length: 2 * ofEach }, (_, index) => index),
    )
    assert.deepEqual(await shared.query('select exception from failed_jobs'), [])
    // Or only one side worked.
    assert.ok(there.length > 100 && fleet.ran.length > 100, `${there.length} in PHP, ${fleet.ran.length} here`)
  })
}

interface Fleet extends AsyncDisposable {
  readonly queue: Queue
  readonly application: LaravelApplication
  /** What ran here. */
  readonly ran: number[]
  restartOne(): Promise<void>
  /** Answers what ran there. */
  endPhp(): Promise<readonly number[]>
}

async function startFleet(shared: SharedDatabase): Promise<Fleet> {
  const ran: number[] = []
  const handle = async ({ n }: { readonly n: number }) => {
    ran.push(n)
    // As long as PHP takes for one, or these workers would have done all of them before.
    await shared.query('select 1')
  }
  const jobs = [defineJob(report, {}, handle)]
  const { connection } = shared
  const queue = createQueue({ connection, jobs, laravel: { version: 8 }, unknownJobs: 'leave' })
  const start = () => {
    const worker = queue.worker({ concurrency: 4, tries: 1, sleep: 0.05 })
    return { worker, ended: worker.run() }
  }
  let running: { readonly worker: Worker; readonly ended: Promise<unknown> }[] = [start(), start()]
  const application = new LaravelApplication(shared.laravel)
  const theirs = [1, 2].map(() => application.start(['queue:work', '--tries=1', '--sleep=0.05']))
  const stop = async (stopping: typeof running) => {
    for (const { worker } of stopping) worker.stop()
    await Promise.all(stopping.map(({ ended }) => ended))
  }
  return {
    queue,
    application,
    ran,
    restartOne: async () => {
      const [first, ...others] = running
      running = [...others, start()]
      if (first) await stop([first])
    },
    endPhp: async () => {
      await queue.restartWorkers()
      const finished = await Promise.all(theirs.map(({ finished: each }) => each))
      return finished.flatMap(({ told }) => told.map(({ given }) => Object(given).n))
    },
    [Symbol.asyncDispose]: async () => {
      await stop(running)
      for (const php of theirs) php.stop()
      await Promise.all(theirs.map(({ finished }) => finished))
    },
  }
}
