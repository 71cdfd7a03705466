import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { describe, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { Connection } from '../../../src/connection.ts'
import { createQueue, defineJob } from '../../../src/index.ts'
import { type ServerKind, serverKinds } from '../../support/connections.ts'
import { eventually } from '../../support/eventually.ts'
import { type LaravelProcess, laravelProcess } from '../../support/laravel/laravel-process.ts'
import { laravelMysqlJobs } from '../../support/laravel/tables.ts'
import { canLoadLaravel } from '../../support/laravel.ts'
import type { TestDatabase } from '../../support/servers.ts'

const total = 10_000
const workersOfEach = 4

/** An application may be moved from Laravel's workers to these one by one, while both work on its table. */
for (const kind of serverKinds.filter(({ name }) => name === 'mariadb' && canLoadLaravel())) {
  describe(`Laravel's own workers beside these on ${kind.name}`, () => {
    for (const [title, create] of [
      ['on the tables that are made here, while jobs keep coming,', undefined],
      ['on a table that Laravel made, with all jobs there before,', laravelMysqlJobs()],
    ] as const) {
      test(`${title} each of 10,000 jobs runs once, and neither side meets a deadlock`, async () => {
        await using database = await kind.server.createDatabase()
        if (create) await database.query(create)
        await using connection = kind.connect(database)
        await connection.migrate()
        if (create) await pushAll(connection)
        const laravel = await Promise.all(Array.from({ length: workersOfEach }, () => laravelProcess(database)))

        const dispatching = create ? undefined : pushAll(connection)
        const ours = await workSideBySide(kind, database, { laravel, dispatching })

        const theirs = laravel.flatMap(({ popped }) => popped)
        assert.deepEqual(
          laravel.flatMap(({ errors }) => errors),
          [],
        )
        assert.deepEqual(ours.errors, [])
        assert.equal(theirs.length + ours.ran.length, total)
        assert.equal(new Set([...theirs, ...ours.ran]).size, total)
        const leastShare = Math.min(theirs.length, ours.ran.length)
        assert.ok(leastShare > total / 20, `one side had only ${leastShare} jobs`)
        assert.deepEqual(await database.query('select id from jobs limit 1'), [])
      })
    }
  })
}

interface Others {
  readonly laravel: readonly LaravelProcess[]
  readonly dispatching: Promise<void> | undefined
}

/** Until no job is left. */
async function workSideBySide(kind: ServerKind, database: TestDatabase, { laravel, dispatching }: Others) {
  const ran: string[] = []
  const errors: unknown[] = []
  const count = defineJob<{ n: number }>('Count', { tries: 3 }, async (_, context) => {
    // Long enough to leave the slower side something.
    await wait(2)
    if (context.attempt === 1 && context.uuid.startsWith('0')) context.release()
    else ran.push(context.uuid)
  })
  await using opened = new AsyncDisposableStack()
  const queues = Array.from({ length: workersOfEach }, () =>
    opened.use(createQueue({ connection: kind.connect(database), jobs: [count] })),
  )
  for (const queue of queues) queue.on('workerError', ({ error }) => errors.push(error))
  for (const process of laravel) process.start()
  await eventually(() => laravel.every(({ popped }) => popped.length > 0))
  const workers = queues.map((queue) => queue.worker({ sleep: 0.05 }))
  const running = Promise.all(workers.map((worker) => worker.run()))
  await dispatching
  await eventually(async () => (await database.query('select id from jobs limit 1')).length === 0, 60)
  for (const worker of workers) worker.stop()
  await running
  await Promise.all(laravel.map((process) => process.end()))
  return { ran, errors }
}

async function pushAll(connection: Connection): Promise<void> {
  const perPush = 50
  for (let pushed = 0; pushed < total; pushed += perPush) {
    await connection.push(Array.from({ length: perPush }, () => countJob()))
  }
}

function countJob() {
  const uuid = randomUUID()
  const payload = { uuid, displayName: 'Count', job: 'Count', maxTries: null, timeout: null, data: { n: 1 } }
  return { queue: 'default', payload: JSON.stringify(payload), due: { inSeconds: 0 } }
}
