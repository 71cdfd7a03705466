import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { Kysely, SqliteDialect } from 'kysely'
import { transact } from '../../src/adapters/kysely.ts'
import { sqlite } from '../../src/connections/sqlite.ts'
import { createQueue, defineJob, type Queue, sync } from '../../src/index.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

interface Tables {
  orders: { id: number }
}

const job = defineJob<number>('Ship', {}, () => undefined)

test('rows and job are written in one transaction and heard of after its commit', async () => {
  await using shop = await openShop()
  const heard: number[] = []
  shop.queue.on('jobQueued', () => heard.push(1))

  await transact(shop.db, async (trx, tx) => {
    await trx.insertInto('orders').values({ id: 1 }).execute()
    await shop.queue.dispatch(job, 1, { tx })
    assert.deepEqual(heard, [])
    assert.deepEqual(await shop.queue.jobs(), [])
  })

  assert.deepEqual(heard, [1])
  assert.equal((await shop.queue.size()).pending, 1)
  assert.equal((await shop.orders()).length, 1)
})

test('after a rollback neither rows nor job remain and nobody hears of it', async () => {
  await using shop = await openShop()
  const heard: number[] = []
  shop.queue.on('jobQueued', () => heard.push(1))

  const work = transact(shop.db, async (trx, tx) => {
    await trx.insertInto('orders').values({ id: 1 }).execute()
    await shop.queue.dispatch(job, 1, { tx })
    throw new Error('no')
  })
  await assert.rejects(work, /no/)

  assert.deepEqual([heard, await shop.queue.jobs(), await shop.orders()], [[], [], []])
})

test('on the sync connection the job runs after the commit', async () => {
  await using shop = await openShop()
  const seen: number[] = []
  const count = defineJob<number>('Count', {}, async () => void seen.push((await shop.orders()).length))
  await using queue = createQueue({ connection: sync(), jobs: [count] })

  await transact(shop.db, async (trx, tx) => {
    await queue.dispatch(count, 1, { tx })
    await trx.insertInto('orders').values({ id: 1 }).execute()
  })

  assert.deepEqual(seen, [1])
})

interface Shop extends AsyncDisposable {
  readonly db: Kysely<Tables>
  readonly queue: Queue
  readonly orders: () => Promise<readonly unknown[]>
}

async function openShop(): Promise<Shop> {
  const folder = temporaryFolder()
  const path = join(folder.path, 'shop.sqlite')
  const queue = createQueue({ connection: sqlite(path), jobs: [job] })
  await queue.migrate()
  const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database: betterSqliteLike(path) }) })
  await db.schema.createTable('orders').addColumn('id', 'integer').execute()
  return {
    db,
    queue,
    orders: () => db.selectFrom('orders').selectAll().execute(),
    [Symbol.asyncDispose]: async () => {
      await db.destroy()
      await queue[Symbol.asyncDispose]()
      folder[Symbol.dispose]()
    },
  }
}

/** The application's own client, as Kysely's dialect wants it. */
function betterSqliteLike(path: string) {
  const database = new DatabaseSync(path, { timeout: 5_000 })
  return {
    close: () => database.close(),
    prepare: (sql: string) => {
      const statement = database.prepare(sql)
      const values = (parameters: readonly unknown[]) =>
        parameters.map((value) => (typeof value === 'number' ? value : String(value)))
      return {
        reader: statement.columns().length > 0,
        all: (parameters: readonly unknown[]) => statement.all(...values(parameters)),
        run: (parameters: readonly unknown[]) => statement.run(...values(parameters)),
        iterate: (parameters: readonly unknown[]) => statement.iterate(...values(parameters)),
      }
    },
  }
}
