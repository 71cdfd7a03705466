import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Connection } from '../../../src/connection.ts'
import { readOnlySqlite, sqlite } from '../../../src/connections/sqlite.ts'
import { sqliteDriver } from '../../../src/drivers/sqlite.ts'
import { createQueue } from '../../../src/index.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const job = { queue: 'default', payload: '{"uuid":"a"}', due: { inSeconds: 0 } } as const
const failure = { uuid: 'a', connection: 'database', queue: 'default', payload: '{"uuid":"a"}', exception: 'Error' }

test('ids beyond what a JavaScript number holds name their own job through its whole life', async () => {
  await using file = await openFile()
  file.execute(`insert into sqlite_sequence (name, seq) values ('jobs', 9007199254740993)`)
  const { connection } = file
  await connection.push([job, job, job, job])

  const [a, b, c, d] = await connection.claim({ queues: ['default'], limit: 4 })

  assert.ok(a && b && c && d)
  assert.deepEqual(
    [a, b, c, d].map(({ id }) => id),
    ['9007199254740994', '9007199254740995', '9007199254740996', '9007199254740997'],
  )
  assert.deepEqual(await connection.renew([a, b]), [])
  assert.equal(await connection.release(a, 60), true)
  assert.deepEqual(await connection.complete([b]), [])
  assert.equal(await connection.fail(c, failure), true)
  assert.deepEqual(
    (await connection.jobs({})).map(({ id, reservedAt }) => [id, reservedAt !== null]),
    [
      ['9007199254740997', true],
      ['9007199254740994', false],
    ],
  )
})

test('no transaction of the queue waits for anything but its own statements', async () => {
  await using file = await openFile()
  const { connection } = file
  await connection.push(Array.from({ length: 8 }, () => job))
  const held = await connection.claim({ queues: ['default'], limit: 6 })
  const [a, b, c, d, e] = held
  assert.ok(a && b && c && d && e)
  const member = { batchId: 'batch', uuid: 'a', allowsFailures: () => true }
  const writes: readonly (() => Promise<unknown>)[] = [
    () => connection.push([job, job]),
    () => connection.pushUnique([job], [{ key: 'key', owner: 'owner', seconds: 60 }]),
    () => connection.pushBatch({ id: 'batch', name: '', options: '' }, [job]),
    () => connection.exchange([a], { queues: ['default'], limit: 1 }),
    () => connection.unclaim([b]),
    () => connection.fail(c, failure, member),
    () => connection.countCrash(e),
    () => connection.forgive([e], { areSuspects: true }),
    () => connection.conclude(d, { next: job, batch: member }),
    () => connection.retry('a', String),
    () => connection.shared.increment('count', 60),
  ]

  using other = new DatabaseSync(file.path, { timeout: 0 })
  for (const write of writes) {
    const writing = write()
    await nextTurn()
    // Every other process would have to wait for what else this thread does.
    assert.doesNotThrow(() => other.exec('begin immediate; rollback'), String(write))
    await writing
  }
})

test('of many who wait for a file that stays locked all are told when the first one is', async () => {
  using folder = temporaryFolder()
  const path = join(folder.path, 'q.sqlite')
  await using driver = sqliteDriver(path, { deadlineSeconds: 0.3 })
  await driver.query('create table t (a)')
  using other = new DatabaseSync(path)
  other.exec('begin immediate')

  const startedAt = performance.now()
  const writes = Array.from({ length: 400 }, () => driver.query('insert into t values (1)'))
  const answers = await Promise.allSettled(writes)

  assert.ok(answers.every((answer) => answer.status === 'rejected' && answer.reason.code === 'DATABASE_BUSY'))
  // One try after the other would take ten seconds.
  assert.ok(performance.now() - startedAt < 6_000)
  other.exec('commit')
  await driver.query('insert into t values (2)')
  assert.equal(other.prepare('select count(*) as n from t').get()?.n, 1)
})

test('a transaction that SQLite rolled back by itself does not go on statement by statement', async () => {
  using folder = temporaryFolder()
  await using driver = sqliteDriver(join(folder.path, 'q.sqlite'))
  await driver.query('create table t (a)')
  await driver.query('pragma max_page_count = 4')

  const writing = driver.transaction(async (executor) => {
    await executor.query('insert into t values (1)')
    await executor.query('insert into t values (?)', ['x'.repeat(100_000)]).catch(() => undefined)
    await executor.query('insert into t values (2)')
  })

  await assert.rejects(writing, /rolled back/)
  assert.deepEqual((await driver.query('select a from t')).rows, [])
})

test('a look at a file that this process has open leaves it its locks', async () => {
  await using file = await openFile()
  await file.connection.push([job])

  const before = locksOn(file.path)
  await using reader = readOnlySqlite(file.path)
  await reader.query('select count(*) as n from jobs')

  // The system takes back all locks that a process has on a file when it closes the file in any way of its own.
  assert.ok(before > 0)
  assert.equal(locksOn(file.path), before)
})

test('the first job makes the reserve of the disk, and a file that only exists in memory has none', async () => {
  await using file = await openFile()
  const reserve = `${file.path}-reserve`
  assert.equal(existsSync(reserve), false)

  await file.connection.push([job])
  await using memory = createQueue({ connection: sqlite(':memory:') })
  await memory.migrate()
  await memory.push('Job', {})

  const { size, blocks, mode } = statSync(reserve)
  assert.equal(size, 16 * 1_048_576)
  assert.ok(blocks * 512 >= size, 'it holds its room')
  assert.equal(mode & 0o777, 0o600)
})

test('a reserve that was freed is made again when there is room, by whoever pushes next', async () => {
  await using file = await openFile()
  await file.connection.push([job])
  truncateSync(`${file.path}-reserve`)

  await using other = sqlite(file.path)
  await other.push([job])

  assert.equal(statSync(`${file.path}-reserve`).size, 16 * 1_048_576)
})

test('who may write no more is told so, and jobs that are there end', async () => {
  await using file = await openFile()
  await file.connection.push([job])
  rmSync(`${file.path}-reserve`)

  // A quota is met only by writing: it is a limit on the size of a file here.
  const program = `
    const { sqlite } = await import(${JSON.stringify(import.meta.resolve('../../../src/connections/sqlite.ts'))})
    const connection = sqlite(${JSON.stringify(file.path)})
    const problem = await connection.push([${JSON.stringify(job)}]).catch(({ problem }) => problem)
    const jobs = await connection.claim({ queues: ['default'], limit: 9 })
    await connection.complete(jobs)
    console.log(problem, jobs.length)`
  const words = ['-c', 'ulimit -f 8192; exec "$0" --input-type=module -e "$1"', process.execPath, program]
  const { stdout, stderr } = spawnSync('sh', words, { encoding: 'utf8', timeout: 30_000 })

  assert.equal(stdout.trim(), 'disk_full 1', stderr)
})

/** Of this process. */
function locksOn(path: string): number {
  const file = `:${statSync(path).ino} `
  return readFileSync('/proc/locks', 'utf8')
    .split('\n')
    .filter((line) => line.includes(file) && line.includes(` ${process.pid} `)).length
}

interface OpenedFile extends AsyncDisposable {
  readonly connection: Connection
  readonly path: string
  /** Past the queue. */
  execute(sql: string): void
}

async function openFile(): Promise<OpenedFile> {
  const folder = temporaryFolder()
  const path = join(folder.path, 'q.sqlite')
  const connection = sqlite(path)
  await connection.migrate()
  return {
    connection,
    path,
    execute: (sql) => {
      using database = new DatabaseSync(path, { timeout: 5_000 })
      database.exec(sql)
    },
    [Symbol.asyncDispose]: async () => {
      await connection[Symbol.asyncDispose]()
      folder[Symbol.dispose]()
    },
  }
}
