import mysql from 'mysql2/promise'
import { type Place, serverOf } from '../place.ts'
import { batches } from './batches.ts'
import { type Entrant, type Session, setting } from './contender.ts'
import { laravelPayload } from './laravel-payload.ts'
import { makeTables } from './our-connection.ts'
import { Stopwatch } from './stopwatch.ts'

/** Below it nothing is due any more: rows up to here were claimed, in the order (available_at, id). */
interface Mark {
  availableAt: number
  id: number
}

interface JobRow extends mysql.RowDataPacket {
  readonly id: number
  readonly payload: string
  readonly available_at: number
}

const rowsPerInsert = 1_000

/** The physical limit on MariaDB: reserve a batch, delete it, on our table, indexes and order, with our client. */
export async function open({ place, settings }: Entrant): Promise<Session> {
  await makeTables(place)
  const clients = await connectAll(place, settings.connections ?? 1)
  const [first] = clients
  if (!first) throw new Error('A bare loop needs at least one connection.')
  return {
    addMany: async (count) => {
      for (const size of batches(count, rowsPerInsert)) await insertMany(first, size)
    },
    add: async () => {
      await first.execute(insertOne, [laravelPayload()])
    },
    drain: async (count) => {
      const stopwatch = new Stopwatch(count)
      const mark: Mark = { availableAt: 0, id: 0 }
      const batch = setting(settings, 'batch')
      await Promise.all(clients.map((client) => loop({ client, mark, batch, stopwatch })))
      return stopwatch.elapsedMs()
    },
    [Symbol.asyncDispose]: async () => {
      for (const client of clients) await client.end()
    },
  }
}

async function connectAll(place: Place, count: number): Promise<readonly mysql.Connection[]> {
  const clients: mysql.Connection[] = []
  for (let made = 0; made < count; made += 1) {
    const client = await mysql.createConnection({ ...serverOf(place) })
    await client.query('set session transaction isolation level read committed')
    clients.push(client)
  }
  return clients
}

interface Loop {
  readonly client: mysql.Connection
  /** Shared by all connections of the process. */
  readonly mark: Mark
  readonly batch: number
  readonly stopwatch: Stopwatch
}

async function loop({ client, mark, batch, stopwatch }: Loop): Promise<void> {
  for (;;) {
    const ids = await reserve({ client, mark, batch, stopwatch })
    if (ids.length > 0) await client.query('delete from jobs where id in (?)', [ids])
    // A queue has to look below its mark too before it may say that nothing is left.
    else if (mark.id === 0) return
    else Object.assign(mark, { availableAt: 0, id: 0 })
  }
}

async function reserve({ client, mark, batch, stopwatch }: Loop): Promise<readonly number[]> {
  await client.query('start transaction')
  const [rows] = await client.execute<JobRow[]>(selectReady, [
    mark.availableAt,
    mark.id,
    mark.availableAt,
    String(batch),
  ])
  const last = rows.at(-1)
  if (last) {
    stopwatch.start(rows.length)
    Object.assign(mark, { availableAt: last.available_at, id: last.id })
    const ids = rows.map(({ id }) => id)
    await client.query('update jobs set reserved_at = unix_timestamp(), attempts = attempts + 1 where id in (?)', [ids])
  }
  await client.query('commit')
  return rows.map(({ id }) => id)
}

// Two ranges of one index: a row comparison would make MariaDB walk the whole second of the mark.
const selectReady = `select id, payload, attempts, available_at
from jobs
where queue = 'default'
  and reserved_at is null
  and available_at <= unix_timestamp()
  and ((available_at = ? and id > ?) or available_at > ?)
order by available_at, id
limit ?
for update skip locked`

const insertOne = `insert into jobs (queue, payload, attempts, available_at, created_at)
values ('default', ?, 0, unix_timestamp(), unix_timestamp())`

async function insertMany(client: mysql.Connection, count: number): Promise<void> {
  const now = Math.floor(Date.now() / 1_000)
  const rows = Array.from({ length: count }, () => ['default', laravelPayload(), 0, now, now])
  await client.query('insert into jobs (queue, payload, attempts, available_at, created_at) values ?', [rows])
}
