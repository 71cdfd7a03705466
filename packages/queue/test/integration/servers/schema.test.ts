import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Connection } from '../../../src/connection.ts'
import { createQueue, defineJob, PermanentError } from '../../../src/index.ts'
import { type ServerKind, serverKinds } from '../../support/connections.ts'
import { laravelMysqlFailedJobs, laravelMysqlJobs, laravelPostgresTables } from '../../support/laravel/tables.ts'
import type { TestDatabase } from '../../support/servers.ts'

/** The tables of an application are shared with Laravel: what they look like is part of what the queue promises. */
for (const kind of serverKinds.filter(({ name }) => name === 'mariadb')) {
  describe(`the tables on ${kind.name}`, () => {
    test('jobs is the table of Laravel, with one index of ours beside its own', async () => {
      await using database = await migrated(kind)

      assert.deepEqual(await mysqlColumns(database, 'jobs'), [
        'id bigint(20) unsigned not null auto_increment',
        'queue varchar(255) not null utf8mb4_unicode_ci',
        'payload longtext not null utf8mb4_unicode_ci',
        'attempts tinyint(3) unsigned not null',
        'reserved_at int(10) unsigned default null',
        'available_at int(10) unsigned not null',
        'created_at int(10) unsigned not null',
      ])
      assert.deepEqual(await mysqlKeys(database, 'jobs'), [
        'unique PRIMARY (id)',
        'jobs_queue_index (queue)',
        'jobs_ready_index (queue,reserved_at,available_at)',
      ])
    })

    test('failed_jobs is the table of Laravel', async () => {
      await using database = await migrated(kind)

      assert.deepEqual(await mysqlColumns(database, 'failed_jobs'), [
        'id bigint(20) unsigned not null auto_increment',
        'uuid varchar(255) not null utf8mb4_unicode_ci',
        'connection text not null utf8mb4_unicode_ci',
        'queue text not null utf8mb4_unicode_ci',
        'payload longtext not null utf8mb4_unicode_ci',
        'exception longtext not null utf8mb4_unicode_ci',
        'failed_at timestamp not null default current_timestamp()',
      ])
      assert.deepEqual(await mysqlKeys(database, 'failed_jobs'), [
        'unique PRIMARY (id)',
        'unique failed_jobs_uuid_unique (uuid)',
      ])
    })

    test('the failures of a batch of any size have room in its row', async () => {
      await using database = await migrated(kind)

      const columns = await mysqlColumns(database, 'job_batches')

      assert.ok(columns.some((column) => column.startsWith('failed_job_ids longtext')))
    })

    test('both tables are transactional and hold every character', async () => {
      await using database = await migrated(kind)

      const rows = await database.query(
        `select table_name as name, engine, table_collation as collation from information_schema.tables
         where table_schema = database() and table_name in ('jobs', 'failed_jobs') order by table_name`,
      )

      assert.deepEqual(
        rows.map((row) => `${row.name} ${row.engine} ${row.collation}`),
        ['failed_jobs InnoDB utf8mb4_unicode_ci', 'jobs InnoDB utf8mb4_unicode_ci'],
      )
    })

    const composite = 'key my_own_name (queue, reserved_at, available_at)'
    for (const [title, attempts, ownKey] of [
      ['with attempts as tinyint', 'tinyint(3)', undefined],
      ['with attempts as smallint, as Laravel makes it since 2026', 'smallint(5)', undefined],
      ['with the composite index under another name', 'tinyint(3)', composite],
    ] as const) {
      test(`a table of Laravel ${title} is left as it is, and worked`, async () => {
        await using database = await kind.server.createDatabase()
        await database.query(laravelMysqlJobs(attempts, ownKey))
        await database.query(laravelMysqlFailedJobs)
        const columns = await mysqlColumns(database, 'jobs')
        const keys = await mysqlKeys(database, 'jobs')

        await workThrough(kind.connect(database))

        assert.deepEqual(await mysqlColumns(database, 'jobs'), columns)
        const ours = ownKey ? [] : ['jobs_ready_index (queue,reserved_at,available_at)']
        assert.deepEqual(await mysqlKeys(database, 'jobs'), [...keys, ...ours].sort(byName))
      })
    }

    test('a claim uses the composite index of an adopted table, whatever its name', async () => {
      await using database = await kind.server.createDatabase()
      await database.query(laravelMysqlJobs('tinyint(3)', composite))
      await database.query(laravelMysqlFailedJobs)
      await using connection = kind.connect(database)
      await connection.migrate()
      await connection.push([{ queue: 'default', payload: '{}', due: { inSeconds: 0 } }])

      // An index that is named and not there is refused by the server.
      assert.equal((await connection.claim({ queues: ['default'], limit: 1 })).length, 1)
      assert.equal(
        (await mysqlKeys(database, 'jobs')).some((key) => key.startsWith('jobs_ready_index')),
        false,
      )
    })
  })
}

for (const kind of serverKinds.filter(({ name }) => name === 'postgres')) {
  describe(`the tables on ${kind.name}`, () => {
    test('jobs and failed_jobs are the tables of Laravel, with times that do not end in 2038', async () => {
      await using database = await migrated(kind)

      assert.deepEqual(await postgresColumns(database, 'jobs'), [
        'id bigint not null',
        'queue character varying(255) not null',
        'payload text not null',
        'attempts smallint not null',
        'reserved_at bigint',
        'available_at bigint not null',
        'created_at bigint not null',
      ])
      assert.deepEqual(await postgresColumns(database, 'failed_jobs'), [
        'id bigint not null',
        'uuid character varying(255) not null',
        'connection text not null',
        'queue text not null',
        'payload text not null',
        'exception text not null',
        'failed_at timestamp(0) without time zone not null',
      ])
    })

    test('the index on queue stays beside those that answer a claim', async () => {
      await using database = await migrated(kind)

      assert.deepEqual(await postgresIndexes(database), [
        'failed_jobs_pkey (id)',
        'failed_jobs_uuid_unique (uuid)',
        'jobs_pkey (id)',
        'jobs_queue_index (queue)',
        'jobs_ready_index (queue, available_at, id) WHERE (reserved_at IS NULL)',
        'jobs_reserved_index (queue, reserved_at, id) WHERE (reserved_at IS NOT NULL)',
      ])
    })

    test('jobs is vacuumed by how much there is to clean, not by its size', async () => {
      await using database = await migrated(kind)

      const [row] = await database.query(`select reloptions::text as options from pg_class where relname = 'jobs'`)

      const { options } = row ?? {}
      for (const setting of ['scale_factor=0', 'threshold=1000', 'cost_delay=0'])
        assert.match(String(options), new RegExp(`autovacuum_vacuum_${setting}\\b`))
    })

    test('a table of Laravel with integer times and smallint attempts is left as it is, and worked', async () => {
      await using database = await kind.server.createDatabase()
      for (const statement of laravelPostgresTables) await database.query(statement)
      const columns = await postgresColumns(database, 'jobs')

      await workThrough(kind.connect(database))

      assert.deepEqual(await postgresColumns(database, 'jobs'), columns)
    })
  })
}

/** Every verb once: a job that ends, one that is tried again, one that is released, one that fails and is retried. */
async function workThrough(connection: Connection): Promise<void> {
  const ended: string[] = []
  const job = defineJob<string>('Job', { tries: 2 }, (data, context) => {
    if (data === 'again' && context.attempt === 1) throw new Error('not yet')
    if (data === 'released' && context.attempt === 1) return context.release()
    if (data === 'fails') throw new PermanentError('no')
    ended.push(data)
  })
  await using queue = createQueue({ connection, jobs: [job] })
  await queue.migrate()
  await queue.migrate()
  await queue.pushMany(job, ['once', 'again', 'released', 'fails'])

  await queue.worker({ stopWhenEmpty: true, concurrency: 2 }).run()

  assert.deepEqual(ended.toSorted(), ['again', 'once', 'released'])
  assert.equal(await queue.countFailed(), 1)
  assert.equal(await queue.retryAll(), 1)
  assert.equal(await queue.clear(), 1)
}

async function migrated(kind: ServerKind): Promise<TestDatabase> {
  const database = await kind.server.createDatabase()
  await using connection = kind.connect(database)
  await connection.migrate()
  return database
}

async function mysqlColumns(database: TestDatabase, table: string): Promise<readonly string[]> {
  const rows = await database.query(
    `select column_name as name, column_type as type, is_nullable as nullable, column_default as preset,
       extra, collation_name as collation
     from information_schema.columns
     where table_schema = database() and table_name = '${table}'
     order by ordinal_position`,
  )
  return rows.map(({ name, type, nullable, preset, extra, collation }) =>
    [
      name,
      type,
      nullable === 'NO' ? 'not null' : undefined,
      nullable === 'YES' || preset !== null ? `default ${String(preset).toLowerCase()}` : undefined,
      extra || undefined,
      collation ?? undefined,
    ]
      .filter((part) => part !== undefined)
      .join(' '),
  )
}

async function mysqlKeys(database: TestDatabase, table: string): Promise<readonly string[]> {
  const rows = await database.query(
    `select index_name as name, non_unique as shared, group_concat(column_name order by seq_in_index) as columns
     from information_schema.statistics
     where table_schema = database() and table_name = '${table}'
     group by index_name, non_unique`,
  )
  return rows.map(({ name, shared, columns }) => `${Number(shared) ? '' : 'unique '}${name} (${columns})`).sort(byName)
}

/** Unique ones first. */
function byName(a: string, b: string): number {
  return Number(b.startsWith('unique')) - Number(a.startsWith('unique')) || (a < b ? -1 : 1)
}

async function postgresColumns(database: TestDatabase, table: string): Promise<readonly string[]> {
  const rows = await database.query(
    `select attname as name, format_type(atttypid, atttypmod) as type, attnotnull as required
     from pg_attribute
     where attrelid = '${table}'::regclass and attnum > 0 and not attisdropped
     order by attnum`,
  )
  return rows.map(({ name, type, required }) => `${name} ${type}${required ? ' not null' : ''}`)
}

async function postgresIndexes(database: TestDatabase): Promise<readonly string[]> {
  const rows = await database.query(
    `select indexname as name, indexdef as definition from pg_indexes
     where tablename in ('jobs', 'failed_jobs') order by indexname`,
  )
  return rows.map(({ name, definition }) => `${name} ${String(definition).split(' USING btree ')[1]}`)
}
