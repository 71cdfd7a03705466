import { mysql } from '../../src/connections/mysql.ts'
import { postgres } from '../../src/connections/postgres.ts'
import { sqlite } from '../../src/connections/sqlite.ts'
import { createQueue, defineJob } from '../../src/index.ts'
import { mysql2Pool, nodeSqlite, pgPool } from '../adapters/raw-clients.ts'

/**
 * A worker whose job adds an order in a transaction and completes itself there, or leaves that to the worker. It tells when
 * it has come to where it is to hang, and hangs there; elsewhere it ends when nothing is left.
 */
const [database = '', place = '', way = '', hangs = ''] = process.argv.slice(2)
const opened = {
  sqlite: async () => ({ client: await nodeSqlite.open(JSON.parse(place)), connection: sqlite(JSON.parse(place)) }),
  mysql: async () => ({ client: await mysql2Pool.open(JSON.parse(place)), connection: mysql(JSON.parse(place)) }),
  postgres: async () => ({ client: await pgPool.open(JSON.parse(place)), connection: postgres(JSON.parse(place)) }),
}[database]
if (!opened) throw new TypeError(`There is no ${database}.`)
const { client, connection } = await opened()

const job = defineJob<null>('AddOrder', { tries: 9 }, async (_data, context) => {
  process.stdout.write('run\n')
  await client.transact(async ({ addOrder, tx }) => {
    await addOrder(1)
    if (way === 'completes') await context.completeIn(tx)
    if (hangs === 'before the commit') await hang()
  })
  if (hangs === 'after the commit') await hang()
})

const queue = createQueue({ connection, jobs: [job] })
await queue.worker({ stopWhenEmpty: true }).run()
await queue.close()
await client[Symbol.asyncDispose]()

/** Until the process is killed. */
async function hang(): Promise<void> {
  process.stdout.write('here\n')
  await new Promise<void>((resolve) => setTimeout(resolve, 600_000))
}
