import pg from 'pg'
import { type Place, serverOf } from '../place.ts'
import { batches } from './batches.ts'
import { type Entrant, type Session, setting } from './contender.ts'
import { laravelPayload } from './laravel-payload.ts'
import { makeTables } from './our-connection.ts'
import { Stopwatch } from './stopwatch.ts'

interface JobRow {
  readonly id: string
  readonly payload: string
}

const rowsPerInsert = 1_000

/** The physical limit on PostgreSQL: reserve a batch, delete it, on our table, indexes and order, with our client. */
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
      await first.query({ name: 'insert', text: insertOne, values: [laravelPayload()] })
    },
    drain: async (count) => {
      const stopwatch = new Stopwatch(count)
      const batch = setting(settings, 'batch')
      await Promise.all(clients.map((client) => loop({ client, batch, stopwatch })))
      return stopwatch.elapsedMs()
    },
    [Symbol.asyncDispose]: async () => {
      for (const client of clients) await client.end()
    },
  }
}

async function connectAll(place: Place, count: number): Promise<readonly pg.Client[]> {
  const clients: pg.Client[] = []
  for (let made = 0; made < count; made += 1) {
    const client = new pg.Client(serverOf(place))
    await client.connect()
    clients.push(client)
  }
  return clients
}

interface Loop {
  readonly client: pg.Client
  readonly batch: number
  readonly stopwatch: Stopwatch
}

async function loop({ client, batch, stopwatch }: Loop): Promise<void> {
  for (;;) {
    const { rows } = await client.query<JobRow>({ name: 'reserve', text: reserve, values: [batch] })
    if (rows.length === 0) return
    stopwatch.start(rows.length)
    const ids = rows.map(({ id }) => id)
    await client.query({ name: 'delete', text: 'delete from jobs where id = any ($1::bigint[])', values: [ids] })
  }
}

const nowSeconds = 'floor(extract(epoch from now()))::bigint'

const reserve = `update jobs
set reserved_at = ${nowSeconds}, attempts = attempts + 1
where id = any (array(
  select id
  from jobs
  where queue = 'default'
    and reserved_at is null
    and available_at <= ${nowSeconds}
  order by available_at, id
  limit $1
  for update skip locked
))
returning id, payload, attempts`

const insertOne = `insert into jobs (queue, payload, attempts, available_at, created_at)
values ('default', $1, 0, ${nowSeconds}, ${nowSeconds})`

async function insertMany(client: pg.Client, count: number): Promise<void> {
  const payloads = Array.from({ length: count }, () => laravelPayload())
  await client.query({
    name: 'insert-many',
    text: `insert into jobs (queue, payload, attempts, available_at, created_at)
      select 'default', payload, 0, ${nowSeconds}, ${nowSeconds}
      from unnest($1::text[]) as payload`,
    values: [payloads],
  })
}
