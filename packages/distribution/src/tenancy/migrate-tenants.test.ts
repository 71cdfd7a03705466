import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { runCommand } from '@surtidor/queue/commands'
import { type Kysely, sql } from 'kysely'
import { bedDrivers } from '../../test/support/bed-place.ts'
import { TestBed } from '../../test/support/copy-test-bed.ts'
import { currentStoreSchema, storeSchemaOf } from '../migrations/store-schema.ts'
import { migrateTenants } from './migrate-tenants.ts'
import { provisionStore } from './provision-store.ts'
import { tenantsMigrateCommand } from './tenants-migrate-command.ts'

/** A later version of the program, which gives each store one more table. */
const later = storeSchemaOf({
  ...currentStoreSchema.migrations,
  '9999-note': { up: (db: Kysely<unknown>) => db.schema.createTable('note').addColumn('id', 'integer').execute() },
})

for (const driver of bedDrivers)
  describe(`migrating the stores on ${driver}`, () => {
    test('every store gets the schema, those that fail stand at the end, and the next run goes on with them', async () => {
      await using bed = await TestBed.open(driver)
      const stores = await addStores(bed, 6)
      const [, broken = 0] = stores
      await using database = await bed.stores.create((await bed.tenantOf(broken)).place)
      await sql`create table note (in_the_way integer)`.execute(database)

      const first = await migrateTenants({ ...bed, schema: later })
      await sql`drop table note`.execute(database)
      const second = await migrateTenants({ ...bed, schema: later })
      const third = await migrateTenants({ ...bed, schema: later })

      assert.deepEqual([first.behind, first.migrated], [6, 5])
      assert.deepEqual(
        first.failures.map(({ companyId, reason }) => [companyId, /note/.test(reason.es)]),
        [[broken, true]],
      )
      assert.deepEqual([second.behind, second.migrated, second.failures], [1, 1, []])
      assert.equal(third.behind, 0)
      for (const companyId of stores) assert.equal((await bed.tenantOf(companyId)).schemaVersion, later.version)
    })

    test('a run that ends in the middle leaves the rest to the next', async () => {
      await using bed = await TestBed.open(driver)
      await addStores(bed, 5)
      const stop = ({ done }: { readonly done: number }) => {
        if (done === 2) throw new Error('killed')
      }

      await assert.rejects(migrateTenants({ ...bed, schema: later }, { concurrency: 1, onProgress: stop }), /killed/)
      const next = await migrateTenants({ ...bed, schema: later })

      assert.deepEqual([next.behind, next.migrated], [3, 3])
    })

    test('a store that was never made gets its database, and one whose database is gone is told, not made anew', async () => {
      await using bed = await TestBed.open(driver)
      const [lost = 0] = await addStores(bed, 1)
      await bed.central
        .updateTable('tenants')
        .set({ db_name: 'surtidor_gone', schema_version: null })
        .where('company_id', '=', lost)
        .execute()
      const { companyId } = await bed.register()

      const { migrated, failures } = await migrateTenants(bed)

      assert.equal(migrated, 1)
      assert.equal((await bed.tenantOf(companyId)).isReady, true)
      assert.deepEqual(
        failures.map(({ code }) => code),
        ['MISSING_STORE_DATABASE'],
      )
      await assert.rejects(bed.stores.open((await bed.tenantOf(lost)).place), { code: 'MISSING_STORE_DATABASE' })
    })
  })

test('stores that share a database are migrated by one of them', async () => {
  await using bed = await TestBed.open('sqlite', { layout: 'shared' })
  await addStores(bed, 8)
  bed.statements.length = 0

  const { behind, migrated } = await migrateTenants({ ...bed, schema: later })

  assert.deepEqual([behind, migrated], [8, 8])
  assert.equal(bed.statements.filter((text) => /create table "note"/.test(text)).length, 1)
  assert.ok(bed.statements.length < 60, `${bed.statements.length} statements`)
})

test('tenants:migrate says how many there were, names one that failed, and exits 1 then', async () => {
  await using bed = await TestBed.open()
  await addStores(bed, 2)
  const { companyId } = await bed.register()
  const { id } = await bed.tenantOf(companyId)
  await bed.central.updateTable('tenants').set({ db_name: 'NO SIRVE' }).where('id', '=', id).execute()

  const failed = await type(bed, ['tenants:migrate'])
  const json = await type(bed, ['tenants:migrate', '--json'])
  await bed.central.updateTable('tenants').set({ db_name: 'surtidor_sirve' }).where('id', '=', id).execute()
  const one = await type(bed, ['tenants:migrate', `--tenant=${id}`])
  const all = await type(bed, ['tenants:migrate'])

  assert.deepEqual([failed.code, json.code, one.code, all.code], [1, 1, 0, 0])
  assert.equal(failed.output, 'Tiendas: 0 migradas, 2 ya al día, 1 con error.')
  assert.match(failed.errors, new RegExp(`^Tienda ${companyId} \\(NO SIRVE\\): El nombre de base de datos «NO SIRVE»`))
  const { failed: failures, ...counts } = JSON.parse(json.output)
  assert.deepEqual(counts, { schemaVersion: currentStoreSchema.version, stores: 3, current: 2, migrated: 0 })
  assert.deepEqual([failures[0].store, failures[0].tenant, failures[0].code], [companyId, id, 'INVALID_DATABASE_NAME'])
  assert.equal(all.output, 'Tiendas: 0 migradas, 3 ya al día, 0 con error.')
})

test('tenants:migrate of a store by its number mends it though the registry has it as current', async () => {
  await using bed = await TestBed.open()
  const [companyId = 0] = await addStores(bed, 1)
  await using database = await bed.stores.create((await bed.tenantOf(companyId)).place)
  for (const name of ['kysely_migration', ...tablesOfStores]) await database.schema.dropTable(name).execute()

  const { code } = await type(bed, ['tenants:migrate', `--tenant=${companyId}`])
  const unknown = await type(bed, ['tenants:migrate', '--tenant=77'])

  assert.equal(code, 0)
  assert.equal((await database.selectFrom('tat_items').select('id').execute()).length, 1)
  assert.deepEqual([unknown.code, /No existe la base de datos de tienda "77"/.test(unknown.errors)], [1, true])
})

const tablesOfStores = [
  'copy_outcomes',
  'copy_receipts',
  'tat_restock_list',
  'tat_items',
  'tat_categories',
  'cnf_taxes',
] as const

/** Ready ones; answers the numbers of their companies. */
async function addStores(bed: TestBed, count: number): Promise<readonly number[]> {
  const stores: number[] = []
  for (let each = 0; each < count; each += 1) {
    const { companyId } = await bed.register()
    await (await provisionStore(bed, (await bed.tenantOf(companyId)).id)).destroy()
    stores.push(companyId)
  }
  return stores
}

async function type(bed: TestBed, words: readonly string[]) {
  const output: string[] = []
  const errors: string[] = []
  const terminal = {
    locale: 'es',
    isInteractive: false,
    columns: 80,
    write: (line: string) => void output.push(line),
    writeError: (line: string) => void errors.push(line),
  } as const
  const open = async () => ({ central: bed.central, stores: bed.stores, [Symbol.asyncDispose]: async () => undefined })
  const program = {
    name: './surtidor',
    version: '1',
    summary: { es: '', en: '' },
    commands: [tenantsMigrateCommand(open)],
  }
  const code = await runCommand(program, words, terminal)
  return { code, output: output.join('\n'), errors: errors.join('\n') }
}
