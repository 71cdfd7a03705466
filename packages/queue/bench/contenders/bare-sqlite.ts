import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { batches } from './batches.ts'
import { type Entrant, type Session, setting } from './contender.ts'
import { laravelPayload } from './laravel-payload.ts'
import { makeTables, sqliteFile } from './our-connection.ts'
import { Stopwatch } from './stopwatch.ts'

const rowsPerTransaction = 1_000

/** The physical limit on SQLite: reserve a batch, delete it, on our table, indexes and order, with node:sqlite. */
export async function open({ place, settings }: Entrant): Promise<Session> {
  await makeTables(place)
  const database = new DatabaseSync(sqliteFile(place))
  database.exec('pragma journal_mode = wal')
  database.exec('pragma synchronous = full')
  const insert = database.prepare(insertOne)
  return {
    addMany: async (count) => {
      for (const size of batches(count, settings.insert ?? rowsPerTransaction)) insertMany(database, insert, size)
    },
    add: async () => {
      insert.run(laravelPayload())
    },
    drain: async (count) => {
      const stopwatch = new Stopwatch(count)
      loop(database, setting(settings, 'batch'), stopwatch)
      return stopwatch.elapsedMs()
    },
    [Symbol.asyncDispose]: async () => database.close(),
  }
}

// An update with returning is a transaction of its own, and so is the delete: two flushes a batch, as a queue has.
function loop(database: DatabaseSync, batch: number, stopwatch: Stopwatch): void {
  const reserve = database.prepare(reserveBatch)
  const remove = database.prepare('delete from jobs where id in (select value from json_each(?))')
  for (;;) {
    const ids = reserve.all(batch).map(({ id }) => id)
    if (ids.length === 0) return
    stopwatch.start(ids.length)
    remove.run(JSON.stringify(ids))
  }
}

const reserveBatch = `update jobs
set reserved_at = unixepoch(), attempts = attempts + 1
where id in (
  select id
  from jobs
  where queue = 'default'
    and reserved_at is null
    and available_at <= unixepoch()
  order by available_at, id
  limit ?
)
returning id, payload, attempts`

const insertOne = `insert into jobs (queue, payload, attempts, available_at, created_at)
values ('default', ?, 0, unixepoch(), unixepoch())`

function insertMany(database: DatabaseSync, insert: StatementSync, count: number): void {
  database.exec('begin immediate')
  for (let made = 0; made < count; made += 1) insert.run(laravelPayload())
  database.exec('commit')
}
