import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { readOnlyMysql } from '../../src/connections/mysql.ts'
import { readOnlyPostgres } from '../../src/connections/postgres.ts'
import { readOnlySqlite, sqlite } from '../../src/connections/sqlite.ts'
import { createQueue, defineJob, type Finding, type InspectionSettings, inspectLaravelQueue } from '../../src/index.ts'
import { type InspectedDatabase, inspectedKinds } from '../support/inspected-databases.ts'
import {
  classPayload,
  dirtyTables,
  encryptedCommand,
  type PlantedJob,
  secret,
} from '../support/laravel/dirty-tables.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const copyJob = 'App\\Jobs\\CopyProductsToClientJob'
const key = `base64:${Buffer.alloc(32, 7).toString('base64')}`

/** In the order of the ids of `jobs`. */
const plantedJobs = [
  classPayload({ className: 'App\\Jobs\\SendInvoice', timeout: 300, extra: { deleteWhenMissingModels: false } }),
  classPayload({ className: copyJob, timeout: 30 }),
  classPayload({ className: 'Illuminate\\Queue\\CallQueuedClosure' }),
  classPayload({ className: 'App\\Jobs\\Payroll', command: encryptedCommand }),
  `{"uuid":"${secret}`,
  JSON.stringify({ job: 'App\\Handlers\\Report@build', data: secret }),
  classPayload({ className: 'App\\Jobs\\Export', command: `O:15:"App\\Jobs\\Export":0:{}${secret.repeat(60_000)}` }),
  JSON.stringify({ uuid: 'u', job: secret, data: null }),
]

for (const kind of inspectedKinds) {
  test(`each thing that is planted in a dirty database is found on ${kind.name}`, async () => {
    await using database = await kind.open()
    await plant(database, kind.name)

    const findings = await inspect(database, { handlers: [copyJob], laravel: { version: 11 } })

    assert.deepEqual(
      findings
        .filter(({ severity }) => severity !== 'info')
        .map(summary)
        .toSorted(),
      [...expectedEverywhere, ...(expectedOn[kind.name] ?? [])].toSorted(),
    )
    assert.ok(!JSON.stringify(findings).includes('Rosa'), 'what the jobs are about came out')
    assert.ok(findings.every(({ advice }) => advice.es.endsWith('.') && advice.en.endsWith('.')))
  })

  test(`nothing is wrong with tables that were just made and a job of ours on ${kind.name}`, async () => {
    await using database = await kind.open()
    const report = defineJob<{ month: string }>('Report', { timeout: 600 }, () => undefined)
    await using queue = createQueue({ connection: database.connect(), jobs: [report] })
    await queue.migrate()
    await queue.dispatch(report, { month: '2026-11' })
    await queue.restartWorkers()

    const findings = await inspect(database, { handlers: ['Report'] })

    assert.deepEqual(
      findings.filter(({ severity }) => severity !== 'info'),
      [],
    )
    assert.ok(findings.some(({ code }) => code === 'CACHE_PREFIX'))
    assert.ok(findings.some(({ code, facts }) => code === 'JOB_HANDLED' && facts.job === 'Report' && facts.count === 1))
  })

  test(`a database without the tables is told so, not refused, on ${kind.name}`, async () => {
    await using database = await kind.open()

    const findings = await inspect(database)

    const missing = findings.filter(({ code }) => code === 'TABLE_MISSING')
    assert.deepEqual(
      missing.map(({ facts, severity }) => `${facts.table} ${severity}`),
      ['jobs problem', 'failed_jobs problem', 'job_batches warning', 'cache warning', 'cache_locks warning'],
    )
    assert.deepEqual(
      findings.filter(({ code }) => !['TABLE_MISSING', 'SERVER'].includes(code)),
      [],
    )
  })

  test(`whoever looks cannot write on ${kind.name}`, async () => {
    await using database = await kind.open()
    await database.execute('create table notes (id integer)')
    await using reading = database.read()

    await assert.rejects(reading.query('insert into notes (id) values (1)'))
    await assert.rejects(reading.query('drop table notes'))

    const [row] = await reading.query('select count(*) as notes from notes')
    assert.equal(Number(row?.notes), 0)
  })

  test(`a table larger than the sample is looked at from its first id to its last on ${kind.name}`, async () => {
    await using database = await kind.open()
    await using queue = createQueue({ connection: database.connect() })
    await queue.migrate()
    for (const name of ['App\\First', 'App\\Middle', 'App\\Last']) await plantMany(database, { className: name }, 1_500)

    const findings = await inspect(database, { maxRows: 1_500 })

    const sampled = findings.find(({ code }) => code === 'ROWS_SAMPLED')
    assert.deepEqual([sampled?.facts.seen, sampled?.facts.count], [1_500, 4_500])
    const names = findings.filter(({ code }) => code === 'JOB_UNHANDLED').map(({ facts }) => String(facts.job))
    assert.deepEqual(names.toSorted(), ['App\\First', 'App\\Last', 'App\\Middle'])
  })
}

test('an encrypted job is told apart by the key: none, another one, the right one', async () => {
  await using database = await (inspectedKinds[0] ?? assert.fail('no sqlite')).open()
  const secretJob = defineJob(
    'App\\Jobs\\Secret',
    { php: { properties: { id: {} }, isEncrypted: true } },
    () => undefined,
  )
  await using queue = createQueue({ connection: database.connect(), jobs: [secretJob], laravel: { keys: [key] } })
  await queue.migrate()
  await queue.dispatch<unknown, unknown>(secretJob, { id: 5 })
  const other = `base64:${Buffer.alloc(32, 8).toString('base64')}`

  const codes: (string | undefined)[] = []
  for (const keys of [[], [other], [other, key]]) {
    const findings = await inspect(database, { handlers: ['App\\Jobs\\Secret'], laravel: { keys } })
    codes.push(findings.find(({ code }) => code.startsWith('ENCRYPTED'))?.code)
  }

  assert.deepEqual(codes, ['ENCRYPTED_WITHOUT_KEY', 'ENCRYPTED_WITH_OTHER_KEY', 'ENCRYPTED'])
})

test('a listener, a mail or a notification is named beside the job of Laravel that carries it', async () => {
  await using database = await (inspectedKinds[0] ?? assert.fail('no sqlite')).open()
  await using queue = createQueue({ connection: database.connect() })
  await queue.migrate()
  const className = 'Illuminate\\Events\\CallQueuedListener'
  for (const displayName of ['App\\Listeners\\Notify', 'App\\Listeners\\Notify', 'App\\Listeners\\Audit', secret]) {
    await plantMany(database, { className, extra: { displayName } }, 1)
  }

  const findings = await inspect(database, { unknownJobs: 'leave' })

  const named = findings.filter(({ code }) => code === 'JOB_UNHANDLED')
  assert.deepEqual(
    named.map(({ severity, facts: { job, carried, count } }) => [severity, job, carried, count]),
    [
      ['info', className, 'App\\Listeners\\Notify', 2],
      ['info', className, 'App\\Listeners\\Audit', 1],
      ['info', className, undefined, 1],
    ],
  )
})

test('thousands of names are counted in bounded room', async () => {
  await using database = await (inspectedKinds[0] ?? assert.fail('no sqlite')).open()
  await using queue = createQueue({ connection: database.connect() })
  await queue.migrate()
  await database.execute(
    `insert into jobs (queue, payload, attempts, available_at, created_at)
     with recursive numbers (number) as (select 1 union all select number + 1 from numbers where number < 2000)
     select 'queue-' || number, json_object('uuid', 'u', 'job', 'App\\Job' || number || '@run', 'data', null), 0, 1, 1
     from numbers`,
  )

  const findings = await inspect(database)

  const named = findings.filter(({ code }) => code === 'JOB_UNHANDLED')
  assert.equal(named.length, 50)
  assert.deepEqual([named[0]?.facts.job, named[0]?.facts.count], ['…', 1_700])
})

test('binary and numbers in place of a payload are counted as broken', async () => {
  await using database = await (inspectedKinds[0] ?? assert.fail('no sqlite')).open()
  await using queue = createQueue({ connection: database.connect() })
  await queue.migrate()
  const row = (payload: string) =>
    database.execute(
      `insert into jobs (queue, payload, attempts, available_at, created_at) values ('default', ${payload}, 9223372036854775807, 1, 1)`,
    )
  for (const payload of [`x'00ff80fe'`, '9223372036854775807', `'[]'`, `'null'`, `''`, `zeroblob(40000000)`])
    await row(payload)

  const findings = await inspect(database)

  const broken = findings.filter(({ code }) => code === 'PAYLOAD_BROKEN')
  assert.deepEqual(
    broken.map(({ facts }) => [facts.reason, facts.count, facts.exampleId]),
    [['not_json', 6, '1']],
  )
})

for (const mode of ['delete', 'wal'] as const) {
  test(`a look leaves a SQLite file in journal mode ${mode} and its folder as they were`, async () => {
    using folder = temporaryFolder()
    const path = join(folder.path, 'laravel.sqlite')
    const made = new DatabaseSync(path)
    made.exec(`pragma journal_mode = ${mode}; create table jobs (id integer primary key, payload text not null)`)
    made.close()
    const before = [readdirSync(folder.path), digest(path)]

    {
      await using reading = readOnlySqlite(path)
      await inspectLaravelQueue(reading)
    }

    assert.deepEqual([readdirSync(folder.path), digest(path)], before)
  })
}

test('a SQLite file that another process writes to is read as it is now', async () => {
  using folder = temporaryFolder()
  const path = join(folder.path, 'laravel.sqlite')
  await using queue = createQueue({ connection: sqlite(path) })
  await queue.migrate()
  await queue.push('App\\Jobs\\Now', null)

  await using reading = readOnlySqlite(path)
  const findings = await inspectLaravelQueue(reading)

  assert.ok(findings.some(({ facts }) => facts.job === 'App\\Jobs\\Now'))
})

test('what is no database and what is not there is refused with its reason', async () => {
  using folder = temporaryFolder()
  const path = join(folder.path, 'notes.txt')
  writeFileSync(path, 'no database '.repeat(100))
  mkdirSync(join(folder.path, 'folder'))
  const nowhere = { host: '127.0.0.1', port: 1, user: 'u', password: 'p4ss', database: 'd' }

  assert.throws(() => readOnlySqlite(path), { code: 'DATABASE_UNUSABLE', problem: 'not_a_database' })
  assert.throws(() => readOnlySqlite(join(folder.path, 'missing.sqlite')), { problem: 'cannot_open' })
  assert.throws(() => readOnlySqlite(join(folder.path, 'folder')), { problem: 'cannot_open' })
  assert.deepEqual(readdirSync(folder.path).toSorted(), ['folder', 'notes.txt'])
  for (const open of [readOnlyMysql, readOnlyPostgres]) {
    await using database = open(nowhere)
    await assert.rejects(inspectLaravelQueue(database), { code: 'DATABASE_UNUSABLE', problem: 'unreachable' })
    assert.ok(!database.label.includes('p4ss'))
  }
})

async function inspect(database: InspectedDatabase, settings: InspectionSettings = {}): Promise<readonly Finding[]> {
  await using reading = database.read()
  return await inspectLaravelQueue(reading, settings)
}

async function plant(database: InspectedDatabase, kind: string): Promise<void> {
  for (const statement of dirtyTables[kind] ?? dirtyTables.mariadb ?? []) await database.execute(statement)
  for (const [index, payload] of plantedJobs.entries()) {
    const [attempts, reservedAt] = index === 1 ? [250, '1000'] : [0, 'null']
    await database.execute(
      `insert into jobs (queue, payload, attempts, reserved_at, available_at, created_at, host)
       values ('default', ${database.literal(payload)}, ${attempts}, ${reservedAt}, 1, 1, 'web-1')`,
    )
  }
  for (const payload of [classPayload({ className: 'App\\Jobs\\SendInvoice' }), secret]) {
    await database.execute(
      `insert into failed_jobs (uuid, connection, queue, payload, failed_at)
       values ('same', 'database', 'default', ${database.literal(payload)}, '2026-11-01 10:00:00')`,
    )
  }
  const keyColumn = ['sqlite', 'postgres'].includes(kind) ? 'key' : '`key`'
  await database.execute(
    `insert into cache (${keyColumn}, value, expiration)
     values ('tat_distri_cache_illuminate:queue:restart', 'i:1;', 2000000000), ('tat_distri_cache_laravel_unique_job:${secret}', '', 1)`,
  )
}

async function plantMany(database: InspectedDatabase, job: PlantedJob, count: number): Promise<void> {
  const payload = database.literal(classPayload(job))
  const values = Array.from({ length: count }, () => `('default', ${payload}, 0, 1, 1)`)
  await database.execute(
    `insert into jobs (queue, payload, attempts, available_at, created_at) values ${values.join(', ')}`,
  )
}

/** `CODE place count example`. */
function summary({ code, facts }: Finding): string {
  const place = [facts.table, facts.column, facts.job ?? facts.reason ?? facts.columns]
  return [code, ...place, facts.count, facts.exampleId].filter((part) => part !== undefined).join(' ')
}

function digest(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex')
}

const expectedEverywhere = [
  'CACHE_PREFIX_DIFFERS cache key',
  'COLUMN_DEMANDED jobs host',
  'COLUMN_MISSING failed_jobs exception',
  'ENCRYPTED_WITHOUT_KEY jobs payload 1 4',
  'FAILED_JOB failed_jobs payload App\\Jobs\\SendInvoice 1 1',
  'INDEX_MISSING jobs queue',
  'JOB_CLOSURE jobs payload Illuminate\\Queue\\CallQueuedClosure 1 3',
  'JOB_UNHANDLED jobs payload App\\Jobs\\Export 1 7',
  'JOB_UNHANDLED jobs payload App\\Jobs\\Payroll 1 4',
  'JOB_UNHANDLED jobs payload App\\Jobs\\SendInvoice 1 1',
  'JOB_UNHANDLED jobs payload … 1 8',
  'LARAVEL_VERSION_DIFFERS jobs payload',
  'PAYLOAD_BROKEN failed_jobs payload not_json 1 2',
  'PAYLOAD_BROKEN jobs payload no_uuid 1 6',
  'PAYLOAD_BROKEN jobs payload not_json 1 5',
  'PAYLOAD_LARGE jobs payload 1 7',
  'RESERVATION_EXPIRED jobs reserved_at 1 2',
  'TABLE_MISSING cache_locks',
  'TABLE_MISSING job_batches',
  'TIMEOUT_BEYOND_RETRY_AFTER jobs payload App\\Jobs\\SendInvoice 1 1',
  'UUID_NOT_UNIQUE failed_jobs uuid',
]

const onMysql = [
  'ATTEMPTS_NEAR_LIMIT jobs attempts 1 2',
  'CHARSET_NARROW jobs payload',
  'ENGINE_WITHOUT_TRANSACTIONS jobs',
]

const expectedOn: Readonly<Record<string, readonly string[]>> = { mariadb: onMysql, mysql: onMysql }
