import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createQueue, defineJob, type JobOptions, type QueueSettings } from '../../../src/index.ts'
import { eventually } from '../../support/eventually.ts'
import { LaravelApplication, type Told } from '../../support/laravel/laravel-application.ts'
import { sharedKinds } from '../../support/laravel/shared-database.ts'
import { canLoadLaravel } from '../../support/laravel.ts'

/** The classes of the application, as a program describes them; without `php` it could still run their jobs. */
const classes: Readonly<Record<string, JobOptions>> = {
  'App\\Jobs\\CopyProductsToClientJob': {
    timeout: 600,
    php: { properties: { companyId: {}, tenantId: { default: null } } },
  },
  'App\\Jobs\\HiddenJob': {
    tries: 3,
    backoff: [10, 60],
    php: { properties: { companyId: { visibility: 'protected' }, options: { visibility: 'private' } } },
  },
  'App\\Jobs\\RichJob': {
    php: {
      properties: {
        nothing: {},
        amount: { as: 'float' },
        flag: {},
        nested: {},
        perfil: { as: 'enum' },
        when: { as: { date: 'DateTimeImmutable' } },
        text: {},
        dto: { as: { object: 'stdClass' } },
      },
    },
  },
  'App\\Jobs\\SecretJob': { php: { properties: { secret: {} }, isEncrypted: true } },
  'App\\Jobs\\PlainJob': { php: { properties: { id: {}, opts: { default: [] } }, serializesModels: false } },
  'App\\Jobs\\Report': {},
  'App\\Jobs\\UniqueJob': { unique: { id: (data) => Object(data).id, for: 3_600 }, php: { properties: { id: {} } } },
}
const ofEach = 34

/** What the application dispatches, too. */
function dataOf(n: number): Readonly<Record<string, unknown>> {
  return {
    'App\\Jobs\\CopyProductsToClientJob': { companyId: n, tenantId: n % 2 ? `tienda-${n}` : null },
    'App\\Jobs\\HiddenJob': { companyId: n, options: { modo: 'completo', límite: [1, 2.5, n] } },
    'App\\Jobs\\RichJob': {
      nothing: null,
      amount: n + 0.5,
      flag: n % 2 === 0,
      nested: { a: [1, { b: null }], ñ: 'á', 7: 'siete' },
      perfil: { enum: 'App\\Enums\\Perfil', case: 'Tienda' },
      when: { date: '2026-11-23 10:30:00.500000', timezone: 'America/Bogota' },
      text: `Tienda "Doña Rosa" <${n}> \\ \n 🛒`,
      dto: { sku: '770', qty: n },
    },
    'App\\Jobs\\SecretJob': { secret: `clave-${n}` },
    'App\\Jobs\\PlainJob': { id: n, opts: [] },
    'App\\Jobs\\Report': { companyId: n, nombre: 'Tienda Ñandú' },
  }
}

const numbers = Array.from({ length: ofEach }, (_, index) => index + 1)
const everything = numbers.flatMap((n) => Object.entries(dataOf(n)).map(([job, given]): Told => ({ job, given })))

for (const [name, open] of canLoadLaravel() ? sharedKinds : []) {
  describe(`a Laravel application and this queue on ${name}`, () => {
    test(`what PHP dispatches in six shapes runs here once each, with its data`, async () => {
      await using bench = await withApplication()
      await bench.php(['dispatch', String(ofEach)])

      const { processed } = await bench.drain()

      assert.equal(processed, everything.length)
      assert.deepEqual(sorted(bench.ran), sorted(everything))
      assert.deepEqual([await bench.queue.jobs(), await bench.queue.countFailed()], [[], 0])
    })

    test('what is dispatched here in six shapes runs in PHP once each, with its properties', async () => {
      await using bench = await withApplication()
      for (const n of numbers) {
        for (const [job, data] of Object.entries(dataOf(n))) await bench.queue.push(job, data)
      }

      const { told, output } = await bench.php(work)

      assert.doesNotMatch(output, /Failed|Error/)
      assert.deepEqual(sorted(told.map(withoutMethod)), sorted(everything))
      assert.deepEqual([await bench.queue.jobs(), await bench.queue.countFailed()], [[], 0])
    })

    test('what failed in PHP is retried here, and what failed here in PHP', async () => {
      await using bench = await withApplication()
      await bench.php(['dispatch:failing', 'a'])
      await bench.php(work, { JOBS_FAIL: '1' })
      const [failedThere] = await bench.queue.failed()
      assert.match(failedThere?.exception ?? '', /^RuntimeException: No se pudo: a in /)

      assert.equal(await bench.queue.retryAll(), 1)
      bench.fail = true
      await bench.drain()
      const [failedHere] = await bench.queue.failed()
      assert.match(failedHere?.exception ?? '', /^Error: no/)
      assert.equal(failedHere?.uuid, failedThere?.uuid)

      assert.match((await bench.php(['queue:failed'])).output, /App\\Jobs\\FailingJob/)
      await bench.php(['queue:retry', 'all'])
      const { told } = await bench.php(work)
      assert.deepEqual(told, [{ job: 'App\\Jobs\\FailingJob', given: { text: 'a' } }])
      assert.deepEqual([await bench.queue.jobs(), await bench.queue.countFailed()], [[], 0])
    })

    test('queue:restart of either side ends the workers of the other', async () => {
      await using bench = await withApplication()
      const ours = bench.queue.worker({ sleep: 0.1 }).run()
      await bench.queue.push('App\\Jobs\\Report', { companyId: 1 })
      await eventually(() => bench.ran.length === 1)

      await bench.php(['queue:restart'])
      assert.equal((await ours).reason, 'restart_signal')

      const theirs = bench.application.start(['queue:work', '--sleep=0.1'])
      await bench.queue.push('App\\Jobs\\Report', { companyId: 2 })
      await eventually(() => theirs.output().includes('Processed'))
      await bench.queue.restartWorkers()
      assert.equal((await theirs.finished).code, 0)
    })

    test('a unique job that one side has dispatched is refused by the other until it has run', async () => {
      await using bench = await withApplication()
      const dispatchThere = async (id: number) => (await bench.php(['dispatch:unique', String(id)])).output.trim()
      const dispatchHere = (id: number) => bench.queue.push('App\\Jobs\\UniqueJob', { id })

      assert.equal(await dispatchThere(1), 'dispatched')
      assert.equal((await dispatchHere(1)).isSkipped, true)
      assert.equal((await dispatchHere(2)).isSkipped, undefined)
      assert.equal(await dispatchThere(2), 'refused')

      assert.equal((await bench.drain()).processed, 2)
      assert.equal(await dispatchThere(2), 'dispatched')
      assert.equal((await bench.php(work)).told.length, 1)
      assert.equal((await dispatchHere(2)).isSkipped, undefined)
    })

    async function withApplication() {
      const shared = await open()
      const ran: Told[] = []
      const state = { fail: false }
      const jobs = Object.entries({ ...classes, 'App\\Jobs\\FailingJob': {} }).map(([job, options]) =>
        defineJob<unknown>(job, options, (given) => {
          if (state.fail) throw new Error('no')
          ran.push({ job, given })
        }),
      )
      const laravel: QueueSettings['laravel'] = { version: 8, keys: ['k'.repeat(32)] }
      const queue = createQueue({ connection: shared.connection, jobs, laravel })
      const application = new LaravelApplication(shared.laravel)
      return Object.assign(state, {
        queue,
        ran,
        application,
        php: async (words: readonly string[], environment?: Readonly<Record<string, string>>) => {
          const finished = await application.run(words, environment)
          assert.equal(finished.code, 0, finished.output)
          return finished
        },
        drain: () => queue.worker({ stopWhenEmpty: true, concurrency: 5 }).run(),
        [Symbol.asyncDispose]: () => shared[Symbol.asyncDispose](),
      })
    }
  })
}

const work = ['queue:work', '--stop-when-empty', '--sleep=0']

function withoutMethod({ job, given }: Told): Told {
  return { job: job.split('@')[0] ?? '', given }
}

/** Runners work side by side; keys of an object have no order. */
function sorted(told: readonly Told[]): readonly string[] {
  return told.map(({ job, given }) => `${job} ${JSON.stringify(given, sortedKeys)}`).sort()
}

function sortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}
