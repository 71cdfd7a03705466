import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import mysql from 'mysql2/promise'
import pg from 'pg'
import type { ClaimedJob } from '../../../src/connection.ts'
import { createQueue, defineJob, type JobContext, PermanentError, type Queue } from '../../../src/index.ts'
import { type ServerKind, serverKinds } from '../../support/connections.ts'
import { eventually } from '../../support/eventually.ts'
import type { TestDatabase } from '../../support/servers.ts'

const connections = 8
const jobsOfEach = 5_000

for (const kind of serverKinds) {
  describe(`many at once on ${kind.name}`, () => {
    test('8 connections work 40,000 jobs with every verb, and none is lost, doubled or told of a deadlock', async () => {
      await using database = await kind.server.createDatabase()
      await using mill = await openMill(kind, database)

      const working = mill.queues.map((queue) => queue.worker({ concurrency: 10, tries: 3, sleep: 0.05, memory: 0 }))
      const results = Promise.all(working.map((worker) => worker.run()))
      const disturbing = disturb(mill)
      await Promise.all(mill.queues.map((queue) => dispatchAll(queue, mill)))
      await eventually(() => mill.completed.size + mill.stuck.size === mill.dispatched.size, 60)
      mill.isOver = true
      await disturbing
      for (const worker of working) worker.stop()
      await results

      assert.deepEqual(mill.errors, [])
      assert.ok(mill.dispatched.size > connections * jobsOfEach)
      const notOnce = [...mill.completed].filter(([, times]) => times !== 1)
      assert.deepEqual(notOnce, [])
      const failed = await database.query('select uuid from failed_jobs')
      assert.deepEqual(new Set(failed.map(({ uuid }) => uuid)), mill.stuck)
      const ended = new Set([...mill.completed.keys(), ...mill.stuck])
      assert.deepEqual(mill.dispatched.difference(ended), new Set())
      assert.deepEqual(await database.query(`select id from jobs where queue = 'default'`), [])
      assert.ok(mill.retried > 0 && mill.cleared > 0 && mill.threw.size > 0 && mill.released.size > 0)
    })

    // Proof that a deadlock is run again: the one above may well meet none.
    test('a deadlock that happens is run again, and nobody hears of it', async () => {
      await using database = await kind.server.createDatabase()
      await using connection = kind.connect(database)
      await connection.migrate()
      const job = { queue: 'default', payload: '{}', due: { inSeconds: 0 } }
      await connection.push([job, job])
      const [first, second] = await connection.claim({ queues: ['default'], limit: 2 })
      assert.ok(first && second)
      await using other = await openSession(kind, database)
      await other.begin()
      await other.lock(second)

      const completing = connection.complete([first, second])
      await eventually(async () => (await other.waiting()) > 0)
      const crossing = other.lock(first)

      // Whoever is chosen, the cycle is over: the other session goes on and is rolled back, the queue's work is done.
      await crossing
      await other.rollback()
      assert.deepEqual(await completing, [])
      assert.deepEqual(await database.query('select id from jobs'), [])
    })
  })
}

interface Mill extends AsyncDisposable {
  readonly queues: readonly Queue[]
  readonly errors: unknown[]
  readonly dispatched: Set<string>
  /** How often each uuid was told to have completed. */
  readonly completed: Map<string, number>
  /** What must stand in failed_jobs in the end. */
  readonly stuck: Set<string>
  readonly threw: Set<string>
  readonly released: Set<string>
  retried: number
  cleared: number
  isOver: boolean
}

type Data = { readonly n: number }

async function openMill(kind: ServerKind, database: TestDatabase): Promise<Mill> {
  const opened = new AsyncDisposableStack()
  const failedOnce = new Set<string>()
  const queues: Queue[] = []
  const mill: Mill = {
    queues,
    errors: [],
    dispatched: new Set(),
    completed: new Map(),
    stuck: new Set(),
    threw: new Set(),
    released: new Set(),
    retried: 0,
    cleared: 0,
    isOver: false,
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  }
  const child = async (n: number) => {
    const dispatched = await queues[n % connections]?.push('Job', { n: 0 })
    if (dispatched) mill.dispatched.add(dispatched.uuid)
  }
  const job = defineJob<Data>('Job', {}, async ({ n }, context) => {
    if (n % 20 === 1) throwOnce(mill.threw, context.uuid, new Error('not yet'))
    if (n % 20 === 2) releaseOnce(mill.released, context)
    if (n % 20 === 3) await child(n)
    if (n % 100 === 4) throwOnce(failedOnce, context.uuid, new PermanentError('retry it'))
    if (n % 100 === 5) {
      mill.stuck.add(context.uuid)
      throw new PermanentError('never')
    }
  })
  for (let each = 0; each < connections; each += 1) {
    const queue = opened.use(createQueue({ connection: kind.connect(database), jobs: [job] }))
    queue.on('workerError', ({ error }) => mill.errors.push(error))
    queue.on('leaseLost', (lost) => mill.errors.push(lost))
    queue.on('jobProcessed', ({ uuid }) => mill.completed.set(uuid, (mill.completed.get(uuid) ?? 0) + 1))
    queue.on('jobFailed', ({ error }) => {
      if (!(error instanceof PermanentError)) mill.errors.push(error)
    })
    queues.push(queue)
  }
  await queues[0]?.migrate()
  return mill
}

function throwOnce(before: Set<string>, uuid: string, error: Error): void {
  if (before.has(uuid)) return
  before.add(uuid)
  throw error
}

function releaseOnce(before: Set<string>, context: JobContext): void {
  if (before.has(context.uuid)) return
  before.add(context.uuid)
  context.release()
}

/** Some of them one by one, most in groups, some for a queue that is cleared again and again. */
async function dispatchAll(queue: Queue, mill: Mill): Promise<void> {
  const job = defineJob<Data>('Job', {}, () => undefined)
  const inGroups = jobsOfEach * 0.9
  for (let n = 0; n < inGroups; n += 100) {
    const items = Array.from({ length: 100 }, (_, index) => ({ n: n + index }))
    for (const { uuid } of await queue.pushMany(job, items)) mill.dispatched.add(uuid)
    await queue.pushMany(job, [{ n: 0 }, { n: 0 }], { queue: 'other', delay: n % 2 })
  }
  for (let n = inGroups; n < jobsOfEach; n += 1) mill.dispatched.add((await queue.dispatch(job, { n })).uuid)
}

/** What people do meanwhile: they retry what failed and clear a queue. */
async function disturb(mill: Mill): Promise<void> {
  const [first, second] = mill.queues
  assert.ok(first && second)
  const tell = (error: unknown) => void mill.errors.push(error)
  while (!mill.isOver) {
    const uuids = (await first.failedUuids()).filter((uuid) => !mill.stuck.has(uuid))
    // Each by two at once: one of them finds it gone.
    const retries = uuids.slice(0, 5).flatMap((uuid) => [first.retry(uuid), second.retry(uuid)])
    const answers = await Promise.all(retries.map((retry) => retry.catch(tell)))
    mill.retried += answers.filter((isRetried) => isRetried === true).length
    mill.cleared += (await first.clear('other').catch(tell)) ?? 0
    await first.size().catch(tell)
  }
}

/** A session of somebody else, who locks rows in another order than we do. */
interface OtherSession extends AsyncDisposable {
  begin(): Promise<void>
  lock(job: ClaimedJob): Promise<void>
  rollback(): Promise<void>
  /** How many sessions of this database wait for a lock. */
  waiting(): Promise<number>
}

async function openSession(kind: ServerKind, database: TestDatabase): Promise<OtherSession> {
  return kind.name === 'postgres' ? openPostgresSession(database) : openMysqlSession(database)
}

async function openMysqlSession(database: TestDatabase): Promise<OtherSession> {
  const session = await mysql.createConnection(database.settings)
  const run = async (sql: string) => void (await session.query(sql))
  return {
    // The server gives up the transaction that has changed less: this one must have changed more than ours.
    begin: async () => {
      await run('create table ballast (id int primary key auto_increment, n int)')
      await run('begin')
      await run(`insert into ballast (n) values ${Array.from({ length: 1_000 }, () => '(1)').join(', ')}`)
    },
    lock: ({ id }) => run(`select id from jobs where id = ${id} for update`),
    rollback: () => run('rollback'),
    waiting: async () => {
      const rows = await database.query(
        `select id from information_schema.processlist
         where db = database() and info like 'delete%from jobs%' and state <> ''`,
      )
      return rows.length
    },
    [Symbol.asyncDispose]: () => session.end(),
  }
}

async function openPostgresSession(database: TestDatabase): Promise<OtherSession> {
  const client = new pg.Client(database.settings)
  await client.connect()
  const run = async (sql: string) => void (await client.query(sql))
  return {
    begin: async () => {
      await run('begin')
      // Who waits longest finds the cycle first and gives up: that must not be this session.
      await run(`set local deadlock_timeout = '1min'`)
    },
    lock: ({ id }) => run(`select id from jobs where id = ${id} for update`),
    rollback: () => run('rollback'),
    waiting: async () => {
      const rows = await database.query(
        `select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      )
      return rows.length
    },
    [Symbol.asyncDispose]: () => client.end(),
  }
}
