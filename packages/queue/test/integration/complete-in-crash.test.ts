import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, test } from 'node:test'
import { createQueue, defineJob } from '../../src/index.ts'
import { mysql2Pool, nodeSqlite, pgPool } from '../adapters/raw-clients.ts'
import { mysqlShops, postgresShops, type Shop, type ShopKind, sqliteShops } from '../adapters/shop.ts'

const program = join(import.meta.dirname, '../support/completing-program.ts')
const kinds = [...sqliteShops([nodeSqlite]), ...mysqlShops([mysql2Pool]), ...postgresShops([pgPool])]

/** The worker is killed between what its job did and what the queue hears of it: the table of orders has no key. */
for (const kind of kinds) {
  describe(`a worker that is killed, with ${kind.name}`, () => {
    test('after a commit that completed the job: it does not run again', async () => {
      await using shop = await openWithoutKey(kind)

      const runs = [await killed(kind, shop, ['completes', 'after the commit']), await restarted(kind, shop)]

      assert.deepEqual([runs, await shop.orders(), await shop.jobs()], [[1, 0], [1], 0])
    })

    test('before the commit that would have completed the job: it runs again, and nothing was done', async () => {
      await using shop = await openWithoutKey(kind)

      const runs = [await killed(kind, shop, ['completes', 'before the commit']), await restarted(kind, shop)]

      assert.deepEqual([runs, await shop.orders(), await shop.jobs()], [[1, 1], [1], 0])
    })

    // The negative twin: without completeIn the same crash doubles the effect.
    test('after a commit that did not complete the job: it is done twice', async () => {
      await using shop = await openWithoutKey(kind)

      const runs = [await killed(kind, shop, ['leaves', 'after the commit']), await restarted(kind, shop)]

      assert.deepEqual([runs, await shop.orders(), await shop.jobs()], [[1, 1], [1, 1], 0])
    })
  })
}

/** With one job waiting. */
async function openWithoutKey(kind: ShopKind): Promise<Shop> {
  const shop = await kind.open()
  await shop.run('drop table orders')
  await shop.run('create table orders (id integer)')
  const job = defineJob<null>('AddOrder', {}, () => undefined)
  await using queue = createQueue({ connection: shop.connect(), jobs: [job] })
  await queue.dispatch(job, null)
  return shop
}

/** Answers how often the job ran until the process had come to where it hangs, and was killed. */
async function killed(kind: ShopKind, shop: Shop, [way, hangs]: readonly [string, string]): Promise<number> {
  const child = start(kind, shop, [way, hangs])
  const ended = once(child, 'exit')
  let runs = 0
  for await (const line of linesOf(child)) {
    if (line === 'run') runs += 1
    if (line === 'here') child.kill('SIGKILL')
  }
  const [code, signal] = await ended
  assert.deepEqual([code, signal], [null, 'SIGKILL'])
  return runs
}

/** After the reservation of the dead one has expired; answers how often the job ran. */
async function restarted(kind: ShopKind, shop: Shop): Promise<number> {
  await shop.run('update jobs set reserved_at = reserved_at - 1000')
  const child = start(kind, shop, ['completes', 'nowhere'])
  const ended = once(child, 'exit')
  let runs = 0
  for await (const line of linesOf(child)) if (line === 'run') runs += 1
  assert.deepEqual(await ended, [0, null])
  return runs
}

function start({ database }: ShopKind, { place }: Shop, words: readonly string[]): ChildProcess {
  return spawn(process.execPath, [program, database, place, ...words], { stdio: ['ignore', 'pipe', 'inherit'] })
}

function linesOf({ stdout }: ChildProcess): AsyncIterable<string> {
  assert.ok(stdout)
  return createInterface({ input: stdout })
}
