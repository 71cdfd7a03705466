import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { inspect } from 'node:util'
import type { Connection } from '../../../src/connection.ts'
import { mysql } from '../../../src/connections/mysql.ts'
import { postgres } from '../../../src/connections/postgres.ts'
import { createQueue, type DatabaseProblem, defineJob, QueueError } from '../../../src/index.ts'
import { type ServerKind, serverKinds } from '../../support/connections.ts'
import { eventually } from '../../support/eventually.ts'
import { type FaultProxy, faultProxy } from '../../support/fault-proxy.ts'
import { type DatabaseSettings, type PrivateKind, privateKinds } from '../../support/private-queues.ts'
import { freePort, type PrivateServer } from '../../support/private-servers.ts'
import type { TestDatabase } from '../../support/servers.ts'

const job = { queue: 'default', payload: '{"uuid":"a","job":"Job"}', due: { inSeconds: 0 } }
const request = { queues: ['default'], limit: 10 }
const deadline = 0.5
const closingProcess = join(import.meta.dirname, '../../support/closing-process.ts')

for (const kind of serverKinds) {
  const isPostgres = kind.name === 'postgres'
  const connect = isPostgres ? postgres : mysql

  describe(`what cannot work on ${kind.name}`, () => {
    test('a server that is not there is named as unreachable', async () => {
      const port = await freePort()
      for (const host of ['127.0.0.1', 'localhost', 'nowhere.invalid']) {
        await using connection = connect({ ...kind.server.address, host, port, database: 'queue' })
        await refuses(connection.push([job]), 'unreachable')
      }
    })

    test('a database that is not there is named', async () => {
      await using connection = connect({ ...kind.server.address, database: 'surtidor_no_such_database' })

      const message = await refuses(connection.push([job]), 'unknown_database')

      assert.match(message, /surtidor_no_such_database/)
    })

    test('tables that are not there are named, for every verb', async () => {
      await using database = await kind.server.createDatabase()
      await using connection = kind.connect(database)

      for (const verb of verbs(connection)) await refuses(verb(), 'missing_tables')
      await connection.migrate()
      for (const verb of verbs(connection)) await verb()
    })

    test('a table that only has the name of ours is named and left as it is', async () => {
      await using database = await kind.server.createDatabase()
      await database.query('create table jobs (id int)')
      await using connection = kind.connect(database)

      await refuses(connection.push([job]), 'not_a_jobs_table')
      await refuses(connection.claim(request), 'not_a_jobs_table')
      await refuses(connection.migrate(), 'not_a_jobs_table')

      assert.deepEqual(await columnsOf(database), ['id'])
    })

    test('a server without SKIP LOCKED is refused before anything is written', async () => {
      await using opened = await openBehindProxy(kind)
      opened.proxy.replace('skip locked', 'skip lockex')

      await refuses(opened.connection.push([job]), 'no_skip_locked')

      assert.ok(opened.proxy.faults > 0)
      assert.deepEqual(await opened.database.query('select id from jobs'), [])
      opened.proxy.pass()
      await opened.connection.push([job])
    })

    test('a statement that is not answered is given up at the deadline, and the next one works', async () => {
      await using opened = await openBehindProxy(kind)
      await opened.connection.push([job])
      opened.proxy.blackhole()

      const startedAt = performance.now()
      await Promise.all(verbs(opened.connection).map((verb) => assert.rejects(verb(), QueueError)))
      const seconds = (performance.now() - startedAt) / 1000

      // Those who had to wait for a session of the pool waited for two deadlines.
      assert.ok(seconds < 2 * deadline + 1, `it took ${seconds} seconds`)
      assert.ok(opened.proxy.faults > 0)
      opened.proxy.pass()
      assert.equal((await opened.connection.claim(request)).length, 1)
    })

    test('a session that is never made ready is given up at the deadline too', async () => {
      await using opened = await openBehindProxy(kind)
      if (isPostgres) opened.proxy.blackhole()
      else opened.proxy.blackholeThoseWhoSend('set session')

      // More than the pool has sessions: none of them may be waited for for ever.
      await Promise.all(Array.from({ length: 6 }, () => assert.rejects(opened.connection.push([job]), QueueError)))

      opened.proxy.pass()
      await opened.connection.push([job])
    })

    test('a connection in the middle of a transaction is given up at the deadline too', async () => {
      await using opened = await openBehindProxy(kind)
      await opened.connection.push([job])
      const [claimed] = await opened.connection.claim(request)
      assert.ok(claimed)
      opened.proxy.blackholeThoseWhoSend('from jobs')

      const failure = { ...claimed, uuid: 'a', connection: 'database', exception: 'Error: no' }
      await assert.rejects(opened.connection.fail(claimed, failure), {
        code: 'DATABASE_DEADLINE',
        message: /did not answer a statement within 0\.5 seconds/,
      })

      opened.proxy.pass()
      // The half-open session still holds its transaction open until the server notices.
      assert.equal(await opened.connection.fail(claimed, failure), true)
      assert.equal(await opened.connection.countFailed(), 1)
    })

    test('a connection that is cut is replaced', async () => {
      await using opened = await openBehindProxy(kind)
      await opened.connection.push([job])
      opened.proxy.reset()

      const error = await opened.connection.push([job]).catch((thrown: unknown) => thrown)
      assert.ok(error instanceof QueueError, inspect(error))
      opened.proxy.pass()

      await opened.connection.push([job])
      assert.equal((await opened.connection.size('default')).pending, 2)
    })

    test('a commit whose answer is lost is done once, and the one who asks again learns that it was done', async () => {
      await using opened = await openBehindProxy(kind)
      await opened.connection.push([job, job])
      const claimed = await opened.connection.claim(request)
      opened.proxy.dropReplyTo('commit')

      const nothing = { queues: ['nothing'], limit: 1 }
      await assert.rejects(opened.connection.exchange(claimed, nothing), { problem: 'connection_lost' })

      assert.equal(opened.proxy.faults, 1)
      assert.deepEqual(await opened.database.query('select id from jobs'), [])
      assert.deepEqual(await opened.connection.complete(claimed), claimed)
    })

    test('closing does not wait for a server that never answers', async () => {
      await using opened = await openBehindProxy(kind)
      await opened.connection.push([job])
      const watch = opened.connection.watch(['default'], () => undefined)
      if (isPostgres) await eventually(() => watch.isLive)
      opened.proxy.blackhole()

      const closingAt = performance.now()
      await watch[Symbol.asyncDispose]()
      await opened.close()

      assert.ok(performance.now() - closingAt < 2_000)
    })

    test('closing does not wait for ever for statements that are never answered', async () => {
      await using opened = await openBehindProxy(kind)
      const askTwice = () => Promise.allSettled([1, 2].map(() => opened.connection.size('default')))
      await askTwice()
      opened.proxy.blackhole()

      const asking = askTwice()
      await eventually(() => opened.proxy.faults > 1)
      let isClosed = false
      void opened.close().then(() => {
        isClosed = true
      })

      const answers = await asking
      assert.deepEqual(
        answers.map(({ status }) => status),
        ['rejected', 'rejected'],
      )
      await eventually(() => isClosed)
    })

    test('closing does not wait for ever for a session that is never made ready', async () => {
      await using opened = await openBehindProxy(kind)
      opened.proxy.blackholeThoseWhoSend(isPostgres ? 'pg_backend_pid' : 'set session')
      const asking = assert.rejects(opened.connection.size('default'), QueueError)
      await eventually(() => opened.proxy.silenced > 0)
      await asking

      let isClosed = false
      void opened.close().then(() => {
        isClosed = true
      })

      await eventually(() => isClosed)
    })

    test('a program that closed its queue ends, although the server never says goodbye', async () => {
      await using opened = await openBehindProxy(kind)
      const settings = JSON.stringify(opened.settings)
      const program = spawn(process.execPath, [closingProcess, kind.name, settings], {
        stdio: ['pipe', 'pipe', 'inherit'],
      })
      using _ = { [Symbol.dispose]: () => void program.kill('SIGKILL') }
      let said = ''
      program.stdout.on('data', (text) => {
        said += text
      })
      await eventually(() => said === 'open\n')
      opened.proxy.blackhole()

      program.stdin.write('close\n')
      await eventually(() => said === 'open\nclosed\n', 30)
      await eventually(() => program.exitCode !== null)

      assert.equal(program.exitCode, 0)
    })
  })
}

for (const kind of serverKinds.filter(({ name }) => name !== 'postgres')) {
  describe(`text that a column cannot hold on ${kind.name}`, () => {
    for (const charset of ['latin1', 'utf8mb3']) {
      test(`an emoji for a column in ${charset} is refused, and nothing of it is written or shown`, async () => {
        await using database = await kind.server.createDatabase()
        await using connection = kind.connect(database)
        await connection.migrate()
        await database.query(`alter table jobs modify payload longtext character set ${charset} not null`)

        await refuses(connection.push([job, { ...job, payload: '{"card":"geheim","uuid":"🛒"}' }]), 'unstorable_text')

        assert.deepEqual(await database.query('select id from jobs'), [])
        await connection.push([job])
      })
    }
  })
}

for (const kind of serverKinds.filter(({ name }) => name === 'postgres')) {
  describe(`text that a column cannot hold on ${kind.name}`, () => {
    test('an emoji for a database in LATIN1 is refused, and nothing of it is written', async () => {
      await using database = await kind.server.createDatabase()
      const latin1 = `${database.settings.database}_latin1`
      await database.query(`create database ${latin1} encoding 'LATIN1' template template0 lc_collate 'C' lc_ctype 'C'`)
      try {
        await using connection = postgres({ ...database.settings, database: latin1 })
        await connection.migrate()

        await refuses(connection.push([job, { ...job, payload: '{"uuid":"🛒"}' }]), 'unstorable_text')

        assert.deepEqual(await connection.jobs({}), [])
        await connection.push([job])
      } finally {
        await database.query(`drop database ${latin1} with (force)`)
      }
    })

    test('a NUL in a raw payload is refused', async () => {
      await using database = await kind.server.createDatabase()
      await using connection = kind.connect(database)
      await connection.migrate()

      await refuses(connection.push([{ ...job, payload: '{"uuid":"a\u0000b"}' }]), 'unstorable_text')

      assert.deepEqual(await connection.jobs({}), [])
    })
  })
}

for (const kind of privateKinds) {
  describe(`${kind.name} that goes away or must not be written to`, () => {
    test('refuses a wrong password, and nobody reads the password', async () => {
      await using server = await kind.launch()
      const settings = await userOf(kind, server)
      await using connection = kind.connect({ ...settings, password: 'geheim-and-wrong' })
      await using unknown = kind.connect({ ...settings, user: 'nobody_here', password: 'geheim-and-wrong' })

      await refuses(connection.push([job]), 'wrong_credentials')
      await refuses(unknown.push([job]), 'wrong_credentials')
      await using right = kind.connect(settings)
      await right.migrate()
      await right.push([job])
    })

    test('while it is read-only nothing can be written, and afterwards the same queue goes on', async () => {
      await using server = await kind.launch()
      const settings = await userOf(kind, server)
      const ran: number[] = []
      const counting = defineJob<number>('Count', {}, (n) => void ran.push(n))
      await using queue = createQueue({ connection: kind.connect(settings), jobs: [counting] })
      await queue.migrate()
      await queue.dispatch(counting, 1)

      await setReadOnly(kind, server, true)
      await refuses(queue.dispatch(counting, 2), 'read_only')
      const troubles: unknown[] = []
      queue.on('workerError', ({ error }) => troubles.push(error))
      const run = queue.worker({ stopWhenEmpty: true }).run()
      await eventually(() => troubles.length >= 2)
      await setReadOnly(kind, server, false)

      assert.deepEqual(await run, { reason: 'empty', processed: 1, exitCode: 0 })
      await refuses(Promise.reject(troubles[0]), 'read_only')
      await queue.dispatch(counting, 3)
      await queue.worker({ stopWhenEmpty: true }).run()
      assert.deepEqual(ran, [1, 3])
    })

    test('sessions that stay read-only after a failover are thrown away', async () => {
      await using server = await kind.launch()
      const settings = await userOf(kind, server)
      await using connection = kind.connect(settings)
      await connection.migrate()
      await using late = kind.connect(settings)
      const atOnce = (act: () => Promise<unknown>) => Promise.allSettled(Array.from({ length: 5 }, act))
      await late.size('default')
      await setNewSessionsReadOnly(kind, server, true)
      await atOnce(() => late.size('default'))
      await setNewSessionsReadOnly(kind, server, false)

      // One session of the five may be written to. The first refusal tells of all the others.
      let written = 0
      const untilRefused = async () => {
        for (; written < 5; written += 1) await late.push([job])
      }
      await refuses(untilRefused(), 'read_only')
      const after = await atOnce(() => late.push([job]))

      assert.deepEqual(new Set(after.map(({ status }) => status)), new Set(['fulfilled']))
      assert.equal((await connection.size('default')).pending, written + 5)
    })

    test('a worker that should stop when nothing is left waits for a server that is away', async () => {
      await using server = await kind.launch()
      const settings = await userOf(kind, server)
      const ran: number[] = []
      const counting = defineJob<number>('Count', {}, (n) => void ran.push(n))
      await using queue = createQueue({ connection: kind.connect(settings), jobs: [counting] })
      await queue.migrate()
      await queue.pushMany(counting, [1, 2, 3])
      await server.kill()
      const troubles: unknown[] = []
      queue.on('workerError', ({ error }) => troubles.push(error))

      const run = queue.worker({ stopWhenEmpty: true }).run()
      await eventually(() => troubles.length >= 3)
      await refuses(queue.dispatch(counting, 4), 'unreachable')
      await server.start()

      assert.deepEqual(await run, { reason: 'empty', processed: 3, exitCode: 0 })
      assert.deepEqual(ran, [1, 2, 3])
    })
  })
}

/** One sentence or two with a code and a next step, and no word that only we may know; answers the message. */
async function refuses(promise: Promise<unknown>, problem: DatabaseProblem): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof QueueError, `it was ${inspect(error)}`)
  const { code, message } = error
  assert.deepEqual({ code, problem: 'problem' in error && error.problem }, { code: 'DATABASE_UNUSABLE', problem })
  assert.match(message, /^[^\n]{20,250}\.$/)
  assert.doesNotMatch(inspect(error, { depth: 9, showHidden: true }), /geheim/)
  return message
}

/** Whatever a worker or an application may ask. */
function verbs(connection: Connection): readonly (() => Promise<unknown>)[] {
  const reservation = { id: '1', attempts: 1 }
  const failure = { uuid: 'a', connection: 'database', queue: 'default', payload: '{}', exception: 'no' }
  return [
    () => connection.push([{ ...job, due: { inSeconds: 600 } }]),
    () =>
      connection.push([
        { ...job, due: { inSeconds: 600 } },
        { ...job, due: { inSeconds: 600 } },
      ]),
    () => connection.claim({ queues: ['nothing'], limit: 1 }),
    () => connection.exchange([reservation], { queues: ['nothing'], limit: 1 }),
    () => connection.nextDue({ queues: ['default'] }),
    () => connection.renew([reservation]),
    () => connection.release({ ...reservation, queue: 'default', payload: '{}', forgiven: 0, crashes: 0 }, 1),
    () => connection.fail(reservation, failure),
    () => connection.size('default'),
  ]
}

interface BehindProxy extends AsyncDisposable {
  readonly proxy: FaultProxy
  readonly settings: DatabaseSettings
  readonly connection: Connection
  /** Closes the connection alone. */
  close(): Promise<void>
  /** Around the proxy. */
  readonly database: TestDatabase
}

async function openBehindProxy(kind: ServerKind): Promise<BehindProxy> {
  const database = await kind.server.createDatabase()
  await using direct = kind.connect(database)
  await direct.migrate()
  const proxy = await faultProxy(kind.server.address)
  const { host, port } = proxy
  const settings = { ...database.settings, host, port }
  const connect = kind.name === 'postgres' ? postgres : mysql
  const connection = connect(settings, { deadline })
  let isClosed = false
  const close = async () => {
    if (!isClosed) await connection[Symbol.asyncDispose]()
    isClosed = true
  }
  return {
    proxy,
    settings,
    connection,
    close,
    database,
    [Symbol.asyncDispose]: async () => {
      await close()
      await proxy[Symbol.asyncDispose]()
      await database[Symbol.asyncDispose]()
    },
  }
}

async function columnsOf(database: TestDatabase): Promise<readonly unknown[]> {
  const { database: name } = database.settings
  const rows = await database.query(
    `select column_name as name from information_schema.columns
     where table_name = 'jobs' and '${name}' in (table_schema, table_catalog)`,
  )
  return rows.map((row) => row.name)
}

/** A user of the database who may not do everything, as an application's. */
async function userOf(kind: PrivateKind, server: PrivateServer): Promise<DatabaseSettings> {
  const settings = await kind.createDatabase(server)
  if (kind.name.endsWith('mariadb')) {
    await server.query(`create user app@'%' identified by 'geheim-but-right'`)
    await server.query('grant all on queue.* to app')
  } else {
    await server.query(`create role app login password 'geheim-but-right'`)
    await server.query('alter database queue owner to app')
  }
  return { ...settings, user: 'app', password: 'geheim-but-right' }
}

async function setReadOnly(kind: PrivateKind, server: PrivateServer, isReadOnly: boolean): Promise<void> {
  if (kind.name.endsWith('mariadb')) {
    await server.query(`set global read_only = ${Number(isReadOnly)}`)
  } else {
    await server.query(`alter system set default_transaction_read_only = ${isReadOnly}`)
    await server.query('select pg_reload_conf()')
    const setting = isReadOnly ? 'on' : 'off'
    await eventually(
      async () =>
        (await server.query('show default_transaction_read_only'))[0]?.default_transaction_read_only === setting,
    )
  }
}

async function setNewSessionsReadOnly(kind: PrivateKind, server: PrivateServer, isReadOnly: boolean): Promise<void> {
  if (kind.name.endsWith('mariadb')) {
    await server.query(`set global init_connect = '${isReadOnly ? 'set session transaction read only' : ''}'`)
  } else {
    await server.query(`alter role app set default_transaction_read_only = ${isReadOnly}`)
  }
}
