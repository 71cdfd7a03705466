import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, test } from 'node:test'
import pg from 'pg'
import type { Watch } from '../../../src/connection.ts'
import { SqlConnection } from '../../../src/connections/sql/sql-connection.ts'
import { postgresDriver } from '../../../src/drivers/postgres.ts'
import { PostgresSignals } from '../../../src/drivers/postgres-signals.ts'
import { createQueue, defineJob, type Queue } from '../../../src/index.ts'
import { type ServerKind, serverKinds } from '../../support/connections.ts'
import { eventually } from '../../support/eventually.ts'
import { type FaultProxy, faultProxy } from '../../support/fault-proxy.ts'
import { canPool, pgbouncer } from '../../support/pgbouncer.ts'
import type { ServerAddress, TestDatabase } from '../../support/servers.ts'

/** Long enough that nothing but a signal wakes a worker up during a test. */
const sleep = 3_600

for (const kind of serverKinds.filter(({ name }) => name === 'postgres')) {
  describe(`waking up another process on ${kind.name}`, () => {
    test('an idle worker that would sleep for an hour starts a job that another connection dispatches', async () => {
      await using opened = await openIdle(kind)

      const startedMs = await opened.dispatchAndWait('a')

      assert.ok(startedMs < 1_000, `it took ${startedMs} ms`)
    })

    test('it hears of a delayed job too, and runs it when it is due', async () => {
      await using opened = await openIdle(kind)

      const startedMs = await opened.dispatchAndWait('a', 2)

      // The column has whole seconds.
      assert.ok(startedMs > 900 && startedMs < 4_000, `it took ${startedMs} ms`)
    })

    test('what was dispatched right before the close is heard of, on each queue', async () => {
      await using database = await kind.server.createDatabase()
      await using listening = kind.connect(database)
      await listening.migrate()
      const heard = new Set<string>()
      await using queue = createQueue({ connection: kind.connect(database) })
      const names = ['a', 'b', 'c']
      const watches = names.map((name) => listening.watch([name], () => heard.add(name)))
      await eventually(() => watches.every(({ isLive }) => isLive))
      heard.clear()

      for (const name of names) await queue.push('Job', 1, { queue: name })
      await queue.close()

      await eventually(() => heard.size === names.length, 5)
      for (const watch of watches) await watch[Symbol.asyncDispose]()
    })

    test('a listener whose connection is ended by the server listens again', async () => {
      await using opened = await openIdle(kind)
      const [before] = await listeners(opened.database)

      await opened.database.query(`select pg_terminate_backend(${before})`)
      await eventually(async () => (await listeners(opened.database)).some((pid) => pid !== before))
      await isQuiet(opened.database)

      const startedMs = await opened.dispatchAndWait('a')
      assert.ok(startedMs < 1_000, `it took ${startedMs} ms`)
    })

    // The negative twin of the first: no signal can pass, and only then the table is asked again and again.
    test('a listener that hears nothing any more notices, and the worker looks by itself meanwhile', async () => {
      await using proxy = await faultProxy(kind.server.address)
      await using opened = await openIdle(kind, proxy)
      proxy.blackholeThoseWhoSend('listen surtidor_jobs')

      const first = opened.dispatchAndWait('a')
      await eventually(() => proxy.faults > 0)
      assert.deepEqual(opened.started, [])
      await first
      // The next one gets no answer when it begins to listen.
      await eventually(() => proxy.silenced === 2)
      await opened.dispatchAndWait('b')

      proxy.pass()
      await isQuiet(opened.database)
      const startedMs = await opened.dispatchAndWait('c')
      assert.ok(startedMs < 1_000, `it took ${startedMs} ms`)
      assert.deepEqual(opened.started, ['a', 'b', 'c'])
    })

    test('what a connection delivers after it was given up says nothing of the one that came after it', async () => {
      await using late = await faultProxy(kind.server.address)
      await using deaf = await faultProxy(kind.server.address)
      deaf.blackholeThoseWhoSend('listen surtidor_jobs')
      await using listening = await listenThrough(kind, [late, deaf])
      const { watch, attempts } = listening
      const [first] = attempts
      assert.ok(first)
      await eventually(() => watch.isLive)
      const heardInTime = first.heard.length
      late.holdBack()
      await listening.database.query(`select pg_notify('surtidor_jobs', 'elsewhere:default')`)

      // The first fell silent, the second never began to listen, and the third is waited for.
      await eventually(() => attempts.length === 3)
      const ended = once(first.client, 'end')
      late.letThrough()
      await ended

      const heardLate = first.heard.slice(heardInTime).map((payload) => payload.split(':')[0])
      assert.deepEqual(new Set(heardLate), new Set(['check', 'elsewhere']))
      assert.equal(watch.isLive, false)
      // The third is given up in its time, and the pause after it is that of a third failure.
      const fourth = await eventually(() => attempts[3])
      const betweenMs = fourth.openedAt - Number(attempts[2]?.openedAt)
      assert.ok(betweenMs > answerMs + 2 * shortestPauseMs - 5, `the fourth came ${betweenMs} ms after the third`)
      deaf.pass()
      await eventually(() => watch.isLive)
    })
  })

  if (canPool) {
    describe(`${kind.name} behind a pooler that gives each transaction another session`, () => {
      test('jobs are dispatched and worked, and a worker without signals looks by itself', async () => {
        await using database = await kind.server.createDatabase()
        await using pooler = await pgbouncer(kind.server.address, 3)
        const ran: number[] = []
        const job = defineJob<number>('Job', { tries: 2 }, (n, { attempt }) => {
          if (n % 10 === 0 && attempt === 1) throw new Error('not yet')
          ran.push(n)
        })
        const { database: name } = database.settings
        const connect = () => kind.connect({ ...database, settings: { ...pooler, database: name } })
        await using queue = createQueue({ connection: connect(), jobs: [job] })
        await using elsewhere = createQueue({ connection: connect(), jobs: [job] })
        const errors: unknown[] = []
        queue.on('workerError', ({ error }) => errors.push(error))
        await queue.migrate()
        const worker = queue.worker({ concurrency: 5 })
        const run = worker.run()

        for (let n = 0; n < 300; n += 10) {
          await elsewhere.pushMany(job, [n, n + 1, n + 2, n + 3, n + 4])
          for (const more of [5, 6, 7, 8, 9]) await elsewhere.dispatch(job, n + more)
        }
        await eventually(() => ran.length === 300)
        await eventually(async () => (await database.query('select id from jobs')).length === 0)
        await elsewhere.dispatch(job, 301)
        await eventually(() => ran.length === 301)
        worker.stop()
        await run

        assert.equal(new Set(ran).size, 301)
        assert.deepEqual(errors, [])
      })

      // A prepared statement is known to a session by a name: two clients that share the session must not mean different ones.
      test('one client never runs the statement of another', async () => {
        await using database = await kind.server.createDatabase()
        await using pooler = await pgbouncer(kind.server.address, 2)
        const { database: name } = database.settings
        const through = { ...database, settings: { ...pooler, database: name } }
        const connect = () => kind.connect(through, { connections: 1 })
        await using setup = connect()
        await setup.migrate()
        await using delaying = connect()
        await using timing = connect()
        await using first = await holder({ ...pooler, database: name })
        await using second = await holder({ ...pooler, database: name })
        const due = Math.floor(Date.now() / 1000)
        const pushDelayed = () => delaying.push([{ queue: 'default', payload: '{}', due: { inSeconds: 0 } }])
        const pushTimed = () => timing.push([{ queue: 'default', payload: '{}', due: { atUnixSeconds: due } }])
        // Each holds one of the two sessions, so that the other one serves everybody else.
        await first.hold()
        await times(3, pushDelayed)
        await second.hold()
        await first.letGo()
        await times(3, pushTimed)
        await first.hold()
        await second.letGo()

        await pushTimed()

        await first.letGo()
        const rows = await database.query('select available_at as due from jobs')
        assert.deepEqual(
          rows.filter((row) => Number(row.due) > due + 60),
          [],
        )
        assert.equal(rows.length, 7)
      })
    })
  }
}

interface Holder extends AsyncDisposable {
  hold(): Promise<void>
  letGo(): Promise<void>
}

/** Keeps a session of the pooler to itself while it holds one. */
async function holder(settings: ServerAddress & { readonly database: string }): Promise<Holder> {
  const client = new pg.Client(settings)
  await client.connect()
  return {
    hold: async () => void (await client.query('begin')),
    letGo: async () => void (await client.query('rollback')),
    [Symbol.asyncDispose]: () => client.end(),
  }
}

async function times(count: number, act: () => Promise<unknown>): Promise<void> {
  for (let each = 0; each < count; each += 1) await act()
}

interface Idle extends AsyncDisposable {
  readonly database: TestDatabase
  readonly started: string[]
  /** From another connection; answers how long it took to start. */
  dispatchAndWait(name: string, delay?: number): Promise<number>
}

/** A worker that has nothing to do and is known to hear signals. */
async function openIdle(kind: ServerKind, through?: Pick<ServerAddress, 'host' | 'port'>): Promise<Idle> {
  const database = await kind.server.createDatabase()
  const started: string[] = []
  const job = defineJob<string>('Job', {}, (name) => void started.push(name))
  const { settings } = database
  const driver = postgresDriver(
    { ...settings, host: through?.host ?? settings.host, port: through?.port ?? settings.port },
    {
      connections: 5,
      deadlineSeconds: 2,
      signals: { checkMs: 2_500, answerMs: 500, shortestPauseMs: 50, longestPauseMs: 200 },
    },
  )
  const queue = createQueue({ connection: new SqlConnection(driver, 30), jobs: [job] })
  const elsewhere = createQueue({ connection: kind.connect(database), jobs: [job] })
  await queue.migrate()
  const worker = queue.worker({ sleep })
  const run = worker.run()
  await isQuiet(database)
  return {
    database,
    started,
    dispatchAndWait: (name, delay) => dispatchAndWait({ queue: elsewhere, started, name, delay }),
    [Symbol.asyncDispose]: async () => {
      worker.stop()
      await run
      for (const each of [queue, elsewhere]) await each[Symbol.asyncDispose]()
      await database[Symbol.asyncDispose]()
    },
  }
}

const answerMs = 300
const shortestPauseMs = 100

interface Attempt {
  readonly client: pg.Client
  readonly openedAt: number
  readonly heard: readonly string[]
}

interface ListeningThrough extends AsyncDisposable {
  readonly database: TestDatabase
  readonly watch: Watch
  readonly attempts: readonly Attempt[]
}

/** A listener whose first connection goes through the first proxy, and all later ones through the second. */
async function listenThrough(
  kind: ServerKind,
  [first, later]: readonly [FaultProxy, FaultProxy],
): Promise<ListeningThrough> {
  const database = await kind.server.createDatabase()
  const attempts: Attempt[] = []
  const open = () => {
    const { host, port } = attempts.length === 0 ? first : later
    const client = new pg.Client({ ...database.settings, host, port })
    const heard: string[] = []
    client.on('notification', ({ payload }) => heard.push(String(payload)))
    attempts.push({ client, openedAt: performance.now(), heard })
    return client
  }
  const driver = postgresDriver(database.settings, { connections: 1, deadlineSeconds: 2 })
  const signals = new PostgresSignals(open, driver, { checkMs: 100, answerMs, shortestPauseMs })
  const watch = signals.listen(['default'], () => undefined)
  return {
    database,
    watch,
    attempts,
    [Symbol.asyncDispose]: async () => {
      for (const each of [watch, signals, driver, database]) await each[Symbol.asyncDispose]()
    },
  }
}

interface Dispatching {
  readonly queue: Queue
  readonly started: readonly string[]
  readonly name: string
  readonly delay: number | undefined
}

async function dispatchAndWait({ queue, started, name, delay }: Dispatching): Promise<number> {
  await queue.push('Job', name, { delay })
  const dispatchedAt = performance.now()
  await eventually(() => started.includes(name))
  return performance.now() - dispatchedAt
}

/** In its first seconds without work a worker that cannot hear looks at the table more than once a second. */
async function isQuiet(database: TestDatabase): Promise<void> {
  await eventually(async () => {
    if ((await listeners(database)).length === 0) return false
    const recent = await database.query(
      `select pid from pg_stat_activity
       where datname = current_database() and application_name = 'surtidor' and query not like '%pg_notify%'
         and (state <> 'idle' or state_change > clock_timestamp() - interval '1.2 seconds')`,
    )
    return recent.length === 0
  }, 6)
}

async function listeners(database: TestDatabase): Promise<readonly number[]> {
  const rows = await database.query(
    `select pid from pg_stat_activity where datname = current_database() and query = 'listen surtidor_jobs'`,
  )
  return rows.map(({ pid }) => Number(pid))
}
