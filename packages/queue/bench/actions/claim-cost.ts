import { refreshStatistics, writeRows } from '../backlog.ts'
import type { ChildTask, Figures } from '../child-task.ts'
import { connectTo, makeTables } from '../contenders/our-connection.ts'
import type { Place } from '../place.ts'
import { openSqlClient, type SqlClient } from '../sql-client.ts'
import { median, percentile } from '../statistics.ts'

const limit = 100
const dueRows = 1_000
const warmUp = 5
/** Later than any run. */
const inTheFuture = 86_400

/**
 * What one claim of 100 jobs costs on a small table and on a large one, claimed from in turn. The large one has
 * `settings.backlog` delayed jobs with the lowest ids, reserved ones, and as many due. `settings.blocks` times `size`
 * claims are made of each; the median of the blocks counts, for one block's p99 is a matter of luck.
 */
export async function claimCost(task: ChildTask): Promise<Figures> {
  if (!task.otherPlace) throw new Error('A claim is compared on two places.')
  await using small = await openTable(task.place)
  await using large = await openTable(task.otherPlace)
  const { backlog = 0, blocks = 1 } = task.settings
  await small.fill({ due: dueRows })
  await large.fill({ delayed: backlog, reserved: Math.ceil(backlog / 100), due: Math.max(backlog, dueRows) })
  for (let turn = 0; turn < warmUp + blocks * task.size; turn += 1) {
    for (const table of turn % 2 === 0 ? [small, large] : [large, small]) await table.claim()
  }
  return { ...summary('small', small.timesMs, task.size), ...summary('large', large.timesMs, task.size) }
}

interface Backlog {
  readonly delayed?: number
  readonly reserved?: number
  readonly due: number
}

interface Table extends AsyncDisposable {
  readonly timesMs: number[]
  fill(backlog: Backlog): Promise<void>
  /** Claims once, then completes what it claimed and writes as many due rows again. */
  claim(): Promise<void>
}

async function openTable(place: Place): Promise<Table> {
  await makeTables(place)
  const connection = await connectTo(place)
  const client = await openSqlClient(place)
  const { database } = place
  const timesMs: number[] = []
  return {
    timesMs,
    fill: (backlog) => fill(client, place, backlog),
    claim: async () => {
      const startedAt = performance.now()
      const claimed = await connection.claim({ queues: ['default'], limit })
      timesMs.push(performance.now() - startedAt)
      if (claimed.length !== limit) throw new Error(`A claim found ${claimed.length} jobs instead of ${limit}.`)
      await connection.complete(claimed)
      await writeRows(client, database, { count: limit })
    },
    [Symbol.asyncDispose]: async () => {
      await client[Symbol.asyncDispose]()
      await connection[Symbol.asyncDispose]()
    },
  }
}

async function fill(
  client: SqlClient,
  { database }: Place,
  { delayed = 0, reserved = 0, due }: Backlog,
): Promise<void> {
  await writeRows(client, database, { count: delayed, dueIn: inTheFuture })
  await writeRows(client, database, { count: reserved, isReserved: true })
  await writeRows(client, database, { count: due })
  await refreshStatistics(client, database)
}

function summary(table: string, timesMs: readonly number[], blockSize: number): Figures {
  const blocks: (readonly number[])[] = []
  for (let start = warmUp; start < timesMs.length; start += blockSize)
    blocks.push(timesMs.slice(start, start + blockSize))
  const over = (share: number) => median(blocks.map((block) => percentile(block, share)))
  return { [`${table} p50 ms`]: over(0.5), [`${table} p99 ms`]: over(0.99) }
}
