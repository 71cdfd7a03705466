import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  createQueue,
  DatabaseDeadlineError,
  defineJob,
  inspectLaravelQueue,
  type LaravelVersion,
  laravelVersions,
} from '../../src/index.ts'
import { newestOf } from '../../src/inspection/payload-version.ts'
import type { ColumnFound, TableFound } from '../../src/inspection/read-tables.ts'
import { findServerTrouble, isOlder, serverOf } from '../../src/inspection/server-findings.ts'
import { lookAtBeginning, lookAtPayload, type StoredPayload } from '../../src/inspection/stored-payload.ts'
import { findTableTrouble } from '../../src/inspection/table-findings.ts'
import type { ReadOnlyDatabase } from '../../src/read-only-database.ts'
import { classPayload, encryptedCommand } from '../support/laravel/dirty-tables.ts'
import facts from '../support/laravel/wire-vectors.json' with { type: 'json' }
import { recordingConnection } from '../support/recording-connection.ts'

for (const [version, isLong, oldest, newest] of [
  [8, true, 8, 10],
  [10, true, 8, 10],
  [11, true, 11, 12],
  [11, false, 8, 12],
  [12, true, 12, 12],
  [12, false, 12, 12],
  [13, true, 13, 13],
  [13, false, 13, 13],
] as const) {
  test(`a ${isLong ? 'long' : 'short'} payload of Laravel ${version} points to ${oldest}–${newest}`, async () => {
    const payload = await dispatched(version, !isLong)

    assert.deepEqual(versionsIn(lookAtPayload(payload)), { oldest, newest })
  })
}

test('a payload that Laravel itself wrote points to its version', () => {
  const version = Number(facts.laravel.split('.')[0])
  const classJobs = facts.vectors.filter(({ payload }) => payload.includes('"commandName"'))
  assert.ok(classJobs.length > 0)

  for (const { payload, case: name } of classJobs) {
    const range = versionsIn(lookAtPayload(payload))
    assert.ok(range && range.oldest <= version && version <= range.newest, `${name}: ${JSON.stringify(range)}`)
  }
})

test('the newest version that was seen counts, whatever the old rows say', () => {
  assert.equal(newestOf([]), undefined)
  assert.deepEqual(
    newestOf([
      { oldest: 8, newest: 12 },
      { oldest: 11, newest: 12 },
    ]),
    { oldest: 11, newest: 12 },
  )
  assert.deepEqual(
    newestOf([
      { oldest: 13, newest: 13 },
      { oldest: 8, newest: 10 },
    ]),
    { oldest: 13, newest: 13 },
  )
})

for (const [text, reason] of [
  ['', 'not_json'],
  ['null', 'not_json'],
  ['"text"', 'not_json'],
  ['[1]', 'not_json'],
  ['{"uuid":"a"}', 'no_job'],
  ['{"job":"","uuid":"a"}', 'no_job'],
  ['{"job":5,"uuid":"a"}', 'no_job'],
  ['{"job":"A@b"}', 'no_uuid'],
  ['{"uuid":"a","job":"Illuminate\\\\Queue\\\\CallQueuedHandler@call","data":null}', 'no_command'],
  ['{"uuid":"a","job":"A@b","__proto__":{}}', 'unreadable'],
] as const) {
  test(`${text} is broken: ${reason}`, () => {
    assert.deepEqual(lookAtPayload(text), { kind: 'broken', reason })
  })
}

test('the beginning of a long payload tells its class, its timeout and that it is encrypted', () => {
  const className = 'App\\Jobs\\Export'
  const plain = classPayload({ className, timeout: 120 })
  const encrypted = classPayload({ className, command: encryptedCommand })
  const cut = (text: string) => lookAtBeginning(text.slice(0, -30))

  const named = { kind: 'class', name: className, carried: undefined, versions: undefined }
  assert.deepEqual(cut(plain), { ...named, timeout: 120, encrypted: undefined })
  assert.deepEqual(cut(encrypted), { ...named, timeout: null, encrypted: '' })
  assert.deepEqual(cut(`{"uuid":"a","job":"App\\\\Report@build","data":"${'x'.repeat(100)}`), {
    ...named,
    kind: 'string',
    name: 'App\\Report@build',
    timeout: null,
    encrypted: undefined,
  })
  assert.deepEqual(lookAtBeginning('\u0000'.repeat(4_096)), { kind: 'broken', reason: 'not_json' })
})

for (const [text, name, version, isOld] of [
  ['11.8.3-MariaDB-1', 'MariaDB', '11.8.3', false],
  ['5.5.5-10.5.26-MariaDB', 'MariaDB', '10.5.26', true],
  ['8.0.46', 'MySQL', '8.0.46', false],
  ['5.7.44-log', 'MySQL', '5.7.44', true],
  ['PostgreSQL 17.2 (Debian 17.2-1)', 'PostgreSQL', '17.2', false],
  ['PostgreSQL 13.18', 'PostgreSQL', '13.18', true],
  ['a fork', 'MySQL', '', false],
] as const) {
  test(`a server that calls itself ${text} is ${name} ${version}, ${isOld ? 'too old' : 'no reason to stop'}`, () => {
    const oldest = { MariaDB: '10.6', MySQL: '8.0.1', PostgreSQL: '14' }[name]

    assert.deepEqual(serverOf(text), { name, version })
    assert.equal(isOlder(version, oldest), isOld)
  })
}

test('a payload column that is short, and times that end in 2038, are found on MariaDB and MySQL', async () => {
  const jobs = table('jobs', [column('payload', 'text', { characterSet: 'utf8mb4' }), column('available_at', 'int')])

  const findings = await findTableTrouble(mysqlWithoutAnswers, new Map([['jobs', jobs]]))

  const codes = findings.map(({ code }) => code)
  assert.ok(codes.includes('PAYLOAD_SHORT') && codes.includes('TIMES_END_IN_2038'), codes.join())
})

test('a look that takes too long says so, and the others are made', async () => {
  const tables = ['jobs', 'failed_jobs', 'cache'].flatMap((name) =>
    ['id', 'payload', 'key'].map((each) => ({ table_found: name, column_found: each, type_found: 'text' })),
  )
  const slow: ReadOnlyDatabase = {
    ...mysqlWithoutAnswers,
    query: async (sql) => {
      if (sql.includes('information_schema.columns')) return tables
      if (/from (jobs|cache)\b/.test(sql)) throw new DatabaseDeadlineError('shop', 15)
      return sql.includes('count(*)') ? [{ total: 0 }] : []
    },
  }

  const findings = await inspectLaravelQueue(slow)

  const late = findings.filter(({ code }) => code === 'CHECK_NOT_DONE')
  assert.deepEqual(
    late.map(({ facts }) => facts.table),
    ['jobs', 'cache'],
  )
  assert.ok(findings.some(({ code, facts }) => code === 'ROWS_COUNTED' && facts.table === 'failed_jobs'))
})

test('a server without SKIP LOCKED and one whose texts are not UTF-8 are problems', async () => {
  const old = await findServerTrouble({ ...mysqlWithoutAnswers, query: async () => [{ version: '10.5.26-MariaDB' }] })
  const latin: ReadOnlyDatabase = {
    ...mysqlWithoutAnswers,
    kind: 'postgres',
    query: async () => [{ encoding: 'LATIN1' }],
  }
  const narrow = await findTableTrouble(latin, new Map())

  assert.deepEqual(
    [...old, ...narrow]
      .filter(({ code }) => code !== 'TABLE_MISSING')
      .map(({ code, severity, facts: { version, characterSet } }) => [code, severity, version ?? characterSet]),
    [
      ['SERVER_TOO_OLD', 'problem', '10.5.26'],
      ['CHARSET_NARROW', 'problem', 'LATIN1'],
    ],
  )
})

async function dispatched(version: LaravelVersion, serializesModels: boolean): Promise<string> {
  const { connection, pushed } = recordingConnection()
  const job = defineJob('App\\Jobs\\Export', { php: { properties: { id: {} }, serializesModels } }, () => undefined)
  await using queue = createQueue({ connection, jobs: [job], laravel: { version } })
  await queue.dispatch<unknown, unknown>(job, { id: 5 })
  return pushed[0]?.payload ?? assert.fail('nothing was pushed')
}

function versionsIn(payload: StoredPayload) {
  return payload.kind === 'broken' ? undefined : payload.versions
}

function table(name: string, columns: readonly ColumnFound[]): TableFound {
  return { name, engine: 'InnoDB', columns: new Map(columns.map((each) => [each.name, each])), indexes: [] }
}

function column(name: string, type: string, facts: Partial<ColumnFound> = {}): ColumnFound {
  return { name, type, isUnsigned: false, characterSet: null, collation: null, isDemanded: false, ...facts }
}

const mysqlWithoutAnswers: ReadOnlyDatabase = {
  kind: 'mysql',
  label: 'shop',
  query: async () => [],
  [Symbol.asyncDispose]: async () => undefined,
}

test('every version that can be configured has a format', () => {
  assert.deepEqual(laravelVersions, [8, 9, 10, 11, 12, 13])
})
