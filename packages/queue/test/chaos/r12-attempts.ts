import { privateMariadb } from '../support/private-servers.ts'
import { type ChaosDatabase, openChaosDatabase } from './harness/chaos-database.ts'
import type { Guard } from './harness/guards.ts'
import { loadQueue } from './harness/loaded-queue.ts'
import type { DriverName, Scenario, ScenarioContext, Verdict } from './harness/scenario.ts'
import { type AttemptsColumn, attemptsColumns } from './r12-columns.ts'

const servers: readonly DriverName[] = ['mariadb', 'postgres']

const guards: readonly Guard[] = [
  {
    name: 'the limit of the attempts that a claim counts',
    drivers: servers,
    changes: [
      {
        file: 'connections/sql/claim.ts',
        find: 'attempts = case when attempts < ${maxAttempts} then attempts + 1 else attempts end`',
        replace: 'attempts = attempts + 1`',
      },
    ],
  },
  {
    name: 'the failure of a job that cannot be counted',
    changes: [{ file: 'attempt/attempt.ts', find: 'this.job.isExhausted || ', replace: '' }],
  },
  {
    name: 'the sign of the column attempts',
    drivers: ['mariadb'],
    changes: [{ file: 'drivers/mysql-dialect.ts', find: `type.includes('unsigned') ? 255 : 127`, replace: '255' }],
  },
  {
    name: 'the attempts that others wrote beyond the limit',
    drivers: ['mariadb'],
    changes: [
      {
        file: 'connections/sql/claim.ts',
        find: 'return attempts < maxAttempts ? attempts + 1 : attempts\n',
        replace: 'return Math.min(attempts + 1, maxAttempts)\n',
      },
    ],
  },
]

/** A job with hundreds of attempts and any number of tries comes first in its queue, and others wait behind it. */
export const attempts: Scenario = {
  id: 'R12',
  title: 'a job whose attempts cannot be counted any more fails, and keeps no other waiting',
  drivers: ['sqlite', 'mariadb', 'postgres'],
  sizes: {
    long: { jobs: 100, lenient: 1, seconds: 10 },
    short: { jobs: 100, lenient: 0, seconds: 60 },
  },
  guards,
  run,
}

async function run(context: ScenarioContext): Promise<Verdict> {
  const verdict = await onSharedServer(context)
  if (context.driver !== 'mariadb' || context.size.lenient !== 1) return verdict
  if (!privateMariadb) return { ...verdict, untried: ['A lenient server: the programs of MariaDB are missing.'] }
  // Of an operator who lets it cut a value to what the column holds.
  await using server = await privateMariadb.launch({ options: ['--sql-mode='] })
  await using database = await openChaosDatabase(context, server)
  return joined(verdict, await onDatabase(context, database))
}

async function onSharedServer(context: ScenarioContext): Promise<Verdict> {
  await using database = await openChaosDatabase(context)
  return await onDatabase(context, database)
}

async function onDatabase(context: ScenarioContext, database: ChaosDatabase): Promise<Verdict> {
  let verdict: Verdict = { figures: {}, faults: 0, violations: [] }
  for (const column of attemptsColumns[context.driver]) {
    if (context.driver === 'mariadb')
      await database.query(`alter table jobs modify attempts ${column.type} not null default 0`)
    if (context.driver === 'postgres') await database.query(`alter table jobs alter attempts type ${column.type}`)
    for (const start of column.attempts) {
      // What a queue without its guard does to the next ones shows nothing more.
      if (verdict.violations.length === 0)
        verdict = joined(verdict, await workThrough(context, database, { column, start }))
    }
  }
  return verdict
}

interface Placed {
  readonly column: AttemptsColumn
  /** The attempts of the first job. */
  readonly start: number
}

async function workThrough(
  { driver, source, size }: ScenarioContext,
  database: ChaosDatabase,
  { column, start }: Placed,
): Promise<Verdict> {
  const { index, connect } = await loadQueue(source, driver)
  const ran: number[] = []
  const job = index.defineJob<number>('Job', { tries: 0 }, (n) => void ran.push(n))
  await using queue = index.createQueue({ connection: connect(database.place, { retryAfter: 2 }), jobs: [job] })
  const worker = queue.worker({ stopWhenEmpty: true, maxTime: size.seconds ?? 10, memory: 0 })
  const errors: unknown[] = []
  queue.on('workerError', ({ error }) => {
    errors.push(error)
    worker.stop()
  })
  await queue.dispatch(job, 0)
  await database.query(`update jobs set attempts = ${start}`)
  await queue.pushMany(
    job,
    Array.from({ length: size.jobs ?? 0 }, (_, n) => n + 1),
  )

  const startedAt = performance.now()
  const { reason } = await worker.run()
  const seconds = (performance.now() - startedAt) / 1000

  const place = `${start} attempts in a column of ${column.type}`
  const left = (await queue.jobs()).length
  const isCounted = start + 1 < column.limit
  const failures = await queue.failed()
  const wasFailed = failures.filter(({ exception }) => exception.startsWith('MaxAttemptsExceededError')).length
  const behind = new Set(ran.filter((n) => n > 0)).size
  await queue.flush()
  await queue.clear()
  return {
    figures: { 'slowest s': seconds.toFixed(2) },
    faults: 1,
    violations: [
      ...errors.map((error) => `${place}: the worker met ${error}.`),
      ...(reason === 'empty' ? [] : [`${place}: the worker ended because of ${reason}.`]),
      ...(left === 0 ? [] : [`${place}: ${left} jobs are left.`]),
      ...(behind === size.jobs ? [] : [`${place}: ${behind} of ${size.jobs} jobs behind it ran.`]),
      ...(ran.length === new Set(ran).size ? [] : [`${place}: a job ran twice.`]),
      ...(ran.includes(0) === isCounted ? [] : [`${place}: the job ${isCounted ? 'did not run' : 'ran'}.`]),
      ...(wasFailed === Number(!isCounted)
        ? []
        : [`${place}: ${failures.length} failed, ${wasFailed} for its attempts.`]),
    ],
  }
}

function joined(a: Verdict, b: Verdict): Verdict {
  const slowest = Math.max(Number(a.figures['slowest s'] ?? 0), Number(b.figures['slowest s'] ?? 0))
  const faults = a.faults + b.faults
  return {
    figures: { rows: faults, 'slowest s': slowest.toFixed(2) },
    faults,
    violations: [...a.violations, ...b.violations],
  }
}
