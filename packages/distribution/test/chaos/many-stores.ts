import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { readStoreContents } from '../../src/companies/store-contents.ts'
import { findStore } from '../../src/companies/stores.ts'
import { currentStoreSchema } from '../../src/migrations/store-schema.ts'
import { migrateTenants } from '../../src/tenancy/migrate-tenants.ts'
import { type BedDriver, bedDrivers } from '../support/bed-place.ts'
import { TestBed } from '../support/copy-test-bed.ts'
import { countForeignRows } from './foreign-rows.ts'
import { StoreWatch } from './store-watch.ts'

export interface ManyStoresPlan {
  readonly driver: BedDriver
  /** Stores in the registry. */
  readonly registered: number
  /** Those of them that get a database and a copy; the others are somewhere else. */
  readonly real: number
  /** Products of each of the two distributors. */
  readonly products: number
  /** Copies at a time. */
  readonly concurrency: number
  /** Databases of stores that the process may have open. */
  readonly mostOpen: number
  /** Pages that are asked for at a time while copies run: more than may be open. */
  readonly pagesAtOnce: number
  /** What a person takes at least between two of them. */
  readonly betweenPagesMs: number
}

const longForm = {
  registered: 10_000,
  real: 2_000,
  products: 50,
  concurrency: 4,
  mostOpen: 16,
  pagesAtOnce: 20,
  betweenPagesMs: 250,
}

export interface ManyStoresReport {
  readonly stores: number
  readonly copied: number
  readonly pages: number
  /** Connections to databases of stores, files under SQLite, at the worst moment. */
  readonly connections: number
  /** Resident memory at the worst moment. */
  readonly megabytes: number
  /** Rows in a store's database that belong to another store, or come from another distributor. */
  readonly foreignRows: number
  readonly registerSeconds: number
  readonly copySeconds: number
  /** `tenants:migrate` when all are current. */
  readonly skipMs: number
}

/**
 * Many stores of two distributors in turn: all are registered, the real ones are copied to while people look at them, and
 * then every row of each is asked whose it is.
 */
export async function manyStores(plan: ManyStoresPlan): Promise<ManyStoresReport> {
  await using bed = await TestBed.open(plan.driver, { mostOpen: plan.mostOpen })
  const distributors = [bed.distributorId, await bed.addDistributor()] as const
  for (const each of distributors) await bed.addProducts(plan.products, 1, each)
  const startedAt = performance.now()
  const stores: number[] = []
  for (let each = 0; each < plan.real; each += 1) {
    stores.push((await bed.register(distributors[each % 2])).companyId)
    forgetStatements(bed)
  }
  await addElsewhere(bed, plan.registered - plan.real)
  const registeredAt = performance.now()
  await using watch = new StoreWatch(bed)
  const pages = await copyWhileLookedAt(bed, plan, stores)
  const copiedAt = performance.now()
  const skipMs = await skipAll(bed)
  const foreignRows = await countForeignRows(bed, stores, distributors)
  return {
    ...(await countCopied(bed)),
    pages,
    ...watch.worst,
    foreignRows,
    registerSeconds: Math.round((registeredAt - startedAt) / 100) / 10,
    copySeconds: Math.round((copiedAt - registeredAt) / 100) / 10,
    skipMs: Math.round(skipMs),
  }
}

/** Their databases are on another server, and nobody asks for them here. */
async function addElsewhere(bed: TestBed, count: number): Promise<void> {
  const atOnce = 500
  for (let first = 0; first < count; first += atOnce) {
    const tenants = Array.from({ length: Math.min(atOnce, count - first) }, (_, index) => ({
      id: randomUUID(),
      kind: 'store' as const,
      name: `Lejana ${first + index}`,
      email: null,
      company_id: 1_000_000 + first + index,
      db_name: `elsewhere_${first + index}`,
      db_host: '192.0.2.1',
      db_port: null,
      database_setup: 1,
      schema_version: currentStoreSchema.version,
    }))
    await bed.central.insertInto('tenants').values(tenants).execute()
  }
}

/** Answers how many pages were shown meanwhile. */
async function copyWhileLookedAt(bed: TestBed, plan: ManyStoresPlan, stores: readonly number[]): Promise<number> {
  let isCopying = true
  let pages = 0
  const look = async () => {
    while (isCopying) {
      const companyId = stores[Math.floor(Math.random() * stores.length)] ?? 0
      const store = await findStore(bed.central, companyId)
      assert.ok(store)
      const { list } = await readStoreContents(bed, { store, search: undefined, afterId: undefined })
      assert.notEqual(list.products, 'unreadable')
      pages += 1
      forgetStatements(bed)
      // A page on files needs no moment of the event loop: without a pause nobody else would ever have a turn.
      await wait(plan.betweenPagesMs)
    }
  }
  const looks = Array.from({ length: plan.pagesAtOnce }, look)
  await bed.queue.worker({ memory: 0, stopWhenEmpty: true, concurrency: plan.concurrency }).run()
  isCopying = false
  await Promise.all(looks)
  return pages
}

/** What the bed keeps for other tests would count as the application's memory. */
function forgetStatements(bed: TestBed): void {
  bed.statements.length = 0
  bed.logged.length = 0
}

async function countCopied({ central }: TestBed): Promise<{ readonly stores: number; readonly copied: number }> {
  const { stores, copied } = await central
    .selectFrom('copy_runs')
    .select(({ fn }) => [fn.countAll<number>().as('stores'), fn.sum<number>('copied').as('copied')])
    .where('state', '=', 'completed')
    .executeTakeFirstOrThrow()
  return { stores, copied: Number(copied) }
}

async function skipAll(bed: TestBed): Promise<number> {
  const startedAt = performance.now()
  assert.equal((await migrateTenants(bed)).behind, 0)
  return performance.now() - startedAt
}

/** `many-stores.ts [--driver=mariadb] [--plan=JSON]`: without a plan the long form. Exit code 1 when a bound was passed. */
if (import.meta.main) {
  const { values } = parseArgs({
    options: { driver: { type: 'string', default: 'sqlite' }, plan: { type: 'string', default: '{}' } },
  })
  const driver = bedDrivers.find((each) => each === values.driver)
  if (!driver) throw new Error(`There is no ${values.driver} here.`)
  const plan = { ...longForm, ...JSON.parse(values.plan), driver }
  const report = await manyStores(plan)
  console.log(JSON.stringify({ driver, ...report }))
  const holds = report.connections <= plan.mostOpen + 2 && report.megabytes <= 250 && report.foreignRows === 0
  process.exitCode = holds && report.stores === plan.real ? 0 : 1
}
