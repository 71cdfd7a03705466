import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LogEvent } from 'kysely'
import { mariadbServer, type TestDatabase } from '../../../queue/test/support/servers.ts'
import { openCentral } from '../../src/database/open-central.ts'
import { migrateCentral, migrateStore } from '../../src/migrations/migrate.ts'
import { contentsOf, distributorId, originalDatabase, shapeOf } from '../support/adopted-original.ts'

const skip = mariadbServer === undefined

/** Takes both over, ours of the centre and of the stores, until the power goes out behind so many statements that change anything. */
async function takeOver({ settings }: TestDatabase, statements = Number.POSITIVE_INFINITY): Promise<boolean> {
  let left = statements
  const log = ({ query }: LogEvent) => {
    if (!/^\s*(create|alter|insert|update|drop)/.test(query.sql)) return
    left -= 1
    if (left < 0) throw new Error('the power went out')
  }
  await using db = await openCentral({ driver: 'mysql', ...settings }, { log, connections: 1 })
  try {
    await migrateCentral(db, { adopts: true })
    await migrateStore(db)
    return true
  } catch (error) {
    assert.equal(Object(error).message, 'the power went out')
    return false
  }
}

test('a takeover that is cut behind any statement goes on from there, and ends as if it had not been', {
  skip,
}, async () => {
  await using whole = await originalDatabase()
  await using cut = await originalDatabase()
  const shape = await shapeOf(cut)
  const before = await contentsOf(cut, shape)
  await takeOver(whole)

  let cuts = 0
  while (!(await takeOver(cut, cuts + 1))) cuts += 1

  assert.ok(cuts >= 20, `${cuts} cuts`)
  assert.deepEqual(await contentsOf(cut, shape), before)
  assert.deepEqual([...(await shapeOf(cut))], [...(await shapeOf(whole))])
  const [ready] = await cut.query(`select id from tenants where kind = 'distributor'`)
  assert.deepEqual(ready, { id: distributorId })
  for (const table of ['tat_items', 'tat_categories', 'tenants', 'adopted_tables']) {
    const columns = table === 'adopted_tables' ? 'name, tenant_id' : '*'
    const text = `select ${columns} from ${table} order by 1`
    assert.deepEqual(await cut.query(text), await whole.query(text), table)
  }
})
