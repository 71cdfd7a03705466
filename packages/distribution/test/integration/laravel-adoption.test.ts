import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { mariadbServer, type TestDatabase } from '../../../queue/test/support/servers.ts'
import { readReport } from '../../src/copy/report/report-rows.ts'
import { openCentral } from '../../src/database/open-central.ts'
import { openDatabase } from '../../src/database/open-database.ts'
import type { StoreTables } from '../../src/database/store-tables.ts'
import {
  contentsOf,
  distributorId,
  installationOn,
  laterWrites,
  originalDatabase,
  runAll,
  runScript,
  shapeOf,
  storeRows,
} from '../support/adopted-original.ts'

const skip = mariadbServer === undefined

test('migrate takes the original’s database over, and changes no row and no column of it', { skip }, async () => {
  await using original = await originalDatabase()
  using installation = installationOn(original)
  const shape = await shapeOf(original)
  const before = await contentsOf(original, shape)

  const migrated = await installation.run('migrate')

  assert.deepEqual([migrated.code, migrated.errors], [0, ''])
  assert.match(migrated.output, /distribuidora «Distribuidora Sol», 2 tiendas .*laravel:repair.*tenants:migrate/)
  assert.match(migrated.output, /4 contraseñas de tenants\.db_password están en claro: .*tenants:seal/)
  assert.doesNotMatch(migrated.output + migrated.errors, /hunter2/)
  assert.deepEqual(await contentsOf(original, shape), before)
  assert.deepEqual(
    await original.query(
      'select id, kind, original_layout as layout from tenants where kind is not null order by kind, id',
    ),
    [
      { id: distributorId, kind: 'distributor', layout: 'central' },
      { id: '00000000-0000-4000-8000-000000000002', kind: 'store', layout: 'central' },
      { id: '00000000-0000-4000-8000-000000000004', kind: 'store', layout: 'central' },
    ],
  )
})

test('migrate finds the original’s columns whatever the case of their letters, as the server does', {
  skip,
}, async () => {
  await using original = await originalDatabase()
  await original.query('alter table inv_items change consumption_unit Consumption_Unit bigint unsigned')
  await original.query('alter table vnt_warehouses change companyId companyid bigint unsigned not null')
  using installation = installationOn(original)

  const migrated = await installation.run('migrate')

  assert.deepEqual([migrated.code, migrated.errors], [0, ''])
})

test('migrate and tenants:migrate are safe to run twice, and only mark the stores as ready', { skip }, async () => {
  await using original = await originalDatabase()
  using installation = installationOn(original)
  const shape = await shapeOf(original)
  const { tenants: tenantsBefore, ...before } = await contentsOf(original, shape)

  const first = [await installation.run('migrate'), await installation.run('tenants:migrate')]
  const { tenants, ...after } = await contentsOf(original, shape)
  const all = await everything(original)
  const second = [await installation.run('migrate'), await installation.run('tenants:migrate')]

  assert.deepEqual(
    first.map(({ code, errors }) => [code, errors]),
    [
      [0, ''],
      [0, ''],
    ],
  )
  assert.match(first[1]?.output ?? '', /2 migradas, 0 ya al día, 0 con error/)
  assert.deepEqual(after, before)
  assert.deepEqual(rowsBut('database_setup', tenants), rowsBut('database_setup', tenantsBefore))
  assert.match(second[0]?.output ?? '', /Nada que migrar/)
  assert.match(second[1]?.output ?? '', /0 migradas, 2 ya al día, 0 con error/)
  assert.deepEqual(await everything(original), all)
})

test('the original goes on writing its tables, also what a copy here would refuse twice', { skip }, async () => {
  await using original = await originalDatabase()
  using installation = installationOn(original)
  await installation.run('migrate')
  await installation.run('tenants:migrate')

  for (const statement of laterWrites) await original.query(statement)

  const [item] = await original.query(
    'select tenant_id as tenant, created_at is null as undated from inv_items where id = 51',
  )
  assert.deepEqual(item, { tenant: distributorId, undated: 0 })
  const started = await installation.run('copy:start', '5')
  assert.deepEqual([started.code, started.errors], [0, ''])
  const [tenant] = await original.query(`select kind, original_layout as layout from tenants where company_id = 5`)
  assert.deepEqual(tenant, { kind: 'store', layout: 'central' })
})

test('a store of the original is mended, copied and verified, and keeps its prices', { skip }, async () => {
  await using original = await originalDatabase()
  using installation = installationOn(original)
  const shape = await shapeOf(original)
  await installation.run('migrate')
  await installation.run('tenants:migrate')
  const before = await contentsOf(original, shape)

  const proposed = await installation.run('laravel:repair', '--output=repair')
  await runScript(original, installation.path('repair/repair.sql'))
  const mended = await contentsOf(original, shape)
  await runScript(original, installation.path('repair/repair-undo.sql'))
  const undone = await contentsOf(original, shape)
  await runScript(original, installation.path('repair/repair.sql'))

  assert.match(proposed.output, /SOURCE_LINK_LOST {2}2 [\s\S]*COPY_REPEATED {2}[\s\S]*OWN_SKU_REPEATED/)
  assert.notDeepEqual(mended, before)
  assert.deepEqual(undone, before)

  await runAll(installation, ['copy:start', '2'], ['queue:work', '--stop-when-empty'])
  const verified = await installation.run('copy:verify', '--all')
  assert.equal(verified.code, 0, verified.output + verified.errors)
  const prices = await original.query(
    `select item_father_id as father, price, stock from tat_items
     where company_id = 2 and item_father_id in (1, 3, 5, 9) order by item_father_id`,
  )
  assert.deepEqual(
    prices.map(({ father, price, stock }) => [father, Number(price), Number(stock)]),
    [
      [1, 1000, 3],
      [3, 3950, 5],
      [5, 5150, 7],
      [9, 9000, 0],
    ],
  )
  const [tiendas] = await original.query(
    `select count(*) as found from tat_categories where company_id = 2 and name = 'TIENDA'`,
  )
  assert.equal(tiendas?.found, 1)
})

test('of a product that is there twice only the row that a copy writes counts', { skip }, async () => {
  await using original = await originalDatabase()
  await original.query(
    `insert into tat_items (item_father_id, company_id, sku, name, cost, price) values
      (13, 2, 'SKU-13', 'PRODUCTO 13', 0, 0), (13, 2, 'SKU-13', 'PRODUCTO 13', 0, 0)`,
  )
  using installation = installationOn(original)
  await runAll(installation, ['migrate'], ['tenants:migrate'])
  await original.query(
    `update tat_items set price_mode = 'manual', price = 9999, deleted_at = now()
     where company_id = 2 and item_father_id = 4 and adopted_duplicate_of is not null`,
  )

  await runAll(installation, ['copy:start', '2'], ['queue:work', '--stop-when-empty'])
  const first = await lastRun(original)
  await original.query('delete from sync_marks')
  await runAll(installation, ['copy:start', '2'], ['queue:work', '--stop-when-empty'])
  const second = await lastRun(original)

  const rows = await original.query(
    `select price, content_hash is null as unwritten from tat_items
     where company_id = 2 and item_father_id = 4 order by id`,
  )
  assert.deepEqual(
    rows.map(({ price, unwritten }) => [Number(price), unwritten]),
    [
      [4000, 0],
      [9999, 1],
    ],
  )
  assert.equal(Number(second.updated), 0)
  await using central = await openCentral({ driver: 'mysql', ...original.settings })
  await using store = await openDatabase<StoreTables>({ driver: 'mysql', ...original.settings })
  const lines = (await Array.fromAsync(readReport(central, store, Number(first.id)))).flat()
  assert.equal(lines.filter(({ sku }) => sku === 'SKU-13').length, 1)
})

test('a SKU that two products have on pages far apart is given to the first of them', { skip }, async () => {
  await using original = await originalDatabase()
  await original.query(
    `insert into inv_items (id, sku, name, categoryId, taxId) select seq, concat('X-', seq), concat('X ', seq), 1, 1 from seq_101_to_700`,
  )
  await original.query(
    `insert into inv_items (id, sku, name, categoryId, taxId) values (801, 'SKU-10', 'OTRO 10', 1, 1), (802, 'sku-10', 'MINÚSCULA', 1, 1)`,
  )
  using installation = installationOn(original)
  const copied = async () => {
    await runAll(installation, ['copy:start', '5'], ['queue:work', '--stop-when-empty'], ['copy:verify', '--all'])
    return original.query(
      `select item_father_id as father, sku from tat_items where company_id = 5 and sku = 'SKU-10' order by id`,
    )
  }
  await runAll(installation, ['migrate'])

  const first = await copied()
  const second = await copied()

  assert.deepEqual(first, [
    { father: 10, sku: 'SKU-10' },
    { father: 802, sku: 'sku-10' },
  ])
  assert.deepEqual(second, first)
  assert.equal(Number((await lastRun(original)).updated), 0)
})

test('a price of the store is kept too where its product has no SKU', { skip }, async () => {
  await using original = await originalDatabase()
  await original.query('update tat_items set price = 1234, deleted_at = null where company_id = 2 and sku is null')
  using installation = installationOn(original)

  await runAll(installation, ['migrate'], ['tenants:migrate'])

  assert.deepEqual(
    await original.query('select distinct price_mode as mode from tat_items where company_id = 2 and sku is null'),
    [{ mode: 'manual' }],
  )
})

test('a price that a store gives back to the distributor is not taken from it when another store comes', {
  skip,
}, async () => {
  await using original = await originalDatabase()
  using installation = installationOn(original)
  const modeOf = async (father: number) => {
    const [row] = await original.query(
      `select price_mode as mode from tat_items where company_id = 2 and item_father_id = ${father}`,
    )
    return row?.mode
  }
  await runAll(installation, ['migrate'], ['tenants:migrate'])
  const adopted = await modeOf(3)
  await runAll(installation, ['copy:start', '2'], ['queue:work', '--stop-when-empty'], ['store:price', '2', 'SKU-3'])

  await runAll(
    installation,
    ['store:create', '--name=La Nueva', '--identification=12345678', '--email=nueva@example.co'],
    ['queue:work', '--stop-when-empty'],
  )

  assert.deepEqual([adopted, await modeOf(3)], ['manual', 'auto'])
})

test('a store that renames its category TIENDA, and has another one, keeps no other store from its tables', {
  skip,
}, async () => {
  await using original = await originalDatabase()
  using installation = installationOn(original)
  await runAll(installation, ['migrate'], ['tenants:migrate'])
  await original.query(`update tat_categories set name = 'VARIOS' where company_id = 2 and source_category_id = 0`)

  const migrated = await installation.run('tenants:migrate', '--tenant=4')

  assert.deepEqual([migrated.code, migrated.errors], [0, ''])
  const [category] = await original.query(
    'select name from tat_categories where company_id = 2 and source_category_id = 0',
  )
  assert.equal(category?.name, 'VARIOS')
})

test('a store whose tables are not taken over yet is a problem of that store alone', { skip }, async () => {
  await using original = await originalDatabase()
  using installation = installationOn(original)
  await installation.run('migrate')

  const { code, output, errors } = await installation.run('catalog:publish', '--dry-run')

  assert.deepEqual([code, errors], [0, ''])
  assert.match(output, /Tienda La 45.*faltan tablas o columnas; ejecute «tenants:migrate»/)
})

test('a column that does not take null is named, with what helps', { skip }, async () => {
  await using original = await originalDatabase()
  await original.query(`update tat_items set img_path = ''`)
  await original.query('alter table tat_items modify img_path text not null')
  using installation = installationOn(original)
  await installation.run('migrate')

  const refused = await installation.run('tenants:migrate', '--tenant=4')
  await original.query('alter table tat_items modify img_path text null')
  const migrated = await installation.run('tenants:migrate', '--tenant=4')

  assert.equal(refused.code, 1)
  assert.match(refused.errors, /La columna tat_items\.img_path no admite null.*«alter table … modify … null»/)
  assert.deepEqual([migrated.code, migrated.errors], [0, ''])
})

test('a store that the original keeps in a database of its own is taken over there', { skip }, async () => {
  await using original = await originalDatabase()
  await using store = await originalDatabase([])
  using installation = installationOn(original)
  const { host, port, database, user, password } = store.settings
  const account = `adopted_${database.slice(-12)}`
  await original.query(`create user '${account}'@'%' identified by 'hunter2-own'`)
  await using _user = { [Symbol.asyncDispose]: async () => void (await original.query(`drop user '${account}'@'%'`)) }
  await original.query(`grant all on ${database}.* to '${account}'@'%'`)
  assert.ok(user !== account && password !== 'hunter2-own')
  await original.query(
    `update tenants set db_name = '${database}', db_host = '${host}', db_port = '${port}', db_user = '${account}',
      db_password = 'hunter2-own' where company_id = 4`,
  )
  for (const statement of storeRows(4)) await store.query(statement)
  const shape = await shapeOf(store)
  const before = await contentsOf(store, shape)

  const migrated = [await installation.run('migrate'), await installation.run('tenants:migrate')]
  const after = await contentsOf(store, shape)
  await runAll(installation, ['copy:start', '4'], ['queue:work', '--stop-when-empty'])

  assert.deepEqual(
    migrated.map(({ code }) => code),
    [0, 0],
    migrated.map(({ errors }) => errors).join('\n'),
  )
  assert.deepEqual(after, before)
  const [copied] = await store.query('select count(*) as found from tat_items where copied_run_id is not null')
  assert.ok(Number(copied?.found) > 20)
})

for (const [title, had, has] of [
  [
    'has another percentage of it',
    ["insert into cnf_taxes (name, percentage) values ('IVA 19', 16)"],
    ['Exento 0', 'IVA 19 16', 'IVA 19 19'],
  ],
  [
    'writes it otherwise',
    ["insert into cnf_taxes (name, percentage) values ('iva 19', 19), ('Exento  ', 0)"],
    ['Exento   0', 'IVA 19 19', 'iva 19 19'],
  ],
  [
    'has one without a percentage',
    [
      'alter table cnf_taxes modify percentage double null, drop index name',
      "insert into cnf_taxes (name, percentage) values ('Exento', null), ('IVA 19', 19)",
    ],
    ['Exento 0', 'Exento null', 'IVA 19 19'],
  ],
  [
    'has it twice',
    [
      'alter table cnf_taxes drop index name',
      "insert into cnf_taxes (name, percentage) values ('IVA 19', 19), ('IVA 19', 19)",
    ],
    ['Exento 0', 'IVA 19 19', 'IVA 19 19'],
  ],
] as const) {
  test(`a tax is brought to a store with taxes of its own that ${title}`, { skip }, async () => {
    await using original = await originalDatabase()
    await using store = await originalDatabase([])
    using installation = installationOn(original)
    await moveStore4(original, store)
    for (const statement of ['delete from cnf_taxes', ...had]) await store.query(statement)

    await runAll(
      installation,
      ['migrate'],
      ['tenants:migrate'],
      ['copy:start', '4'],
      ['queue:work', '--stop-when-empty'],
    )
    const verified = await installation.run('copy:verify', '--all')
    const taxes = await store.query(`select name, percentage from cnf_taxes`)

    // What the original has twice is told, and nothing else.
    assert.match(verified.output, /^Tienda 4: 34 productos, 0 faltantes, 2 duplicados, 0 alterados$/m)
    const names = taxes.map(({ name, percentage }) => `${name} ${percentage}`).toSorted()
    assert.deepEqual(names, has)
    const [untaxed] = await store.query(`select count(*) as found from tat_items item
      join ${original.settings.database}.inv_items source on source.id = item.item_father_id
      left join cnf_taxes tax on tax.id = item.taxId and tax.adopted_duplicate_of is null
      where item.copied_run_id is not null and source.taxId is not null and tax.id is null`)
    assert.equal(Number(untaxed?.found), 0)
  })
}

test('what a store that was taken over has no room for is an outcome of each product, and the others are copied', {
  skip,
}, async () => {
  await using original = await originalDatabase()
  await using store = await originalDatabase([])
  using installation = installationOn(original)
  await moveStore4(original, store)
  for (const table of ['tat_items', 'tat_categories', 'cnf_taxes'])
    await store.query(`alter table ${table} convert to character set latin1`)
  await store.query('alter table tat_items modify name varchar(20) not null, modify price decimal(7, 2) not null')
  await original.query("insert into cnf_taxes (id, name, percentage) values (9, 'IVA 日本 😀', 19)")
  for (const change of [
    "name = 'Arroz Ω' where id = 8",
    "name = 'Un nombre que no cabe ahí' where id = 9",
    "sku = 'SKU-Ω' where id = 10",
    'taxId = 9 where id = 11',
  ])
    await original.query(`update inv_items set ${change}`)
  await original.query('update inv_values set `values` = 123456789 where itemId = 12')

  await runAll(installation, ['migrate'], ['tenants:migrate'], ['copy:start', '4'], ['queue:work', '--stop-when-empty'])
  const verified = await installation.run('copy:verify', '--all')

  const outcomes = await store.query("select source_item_id as id, reason from copy_outcomes where outcome = 'error'")
  assert.deepEqual(
    outcomes.map(({ id, reason }) => [id, reason]),
    [8, 9, 10, 11, 12].map((id) => [id, 'refused_by_store']),
  )
  assert.match(verified.output, /^Tienda 4: 29 productos, 0 faltantes, 2 duplicados, 0 alterados$/m)
  const log = readFileSync(installation.path('storage/logs/surtidor.log'), 'utf8')
  assert.match(log, /no copió el producto 9: .*ensánchela.*column 'name'/)
})

/** It has a database of its own then, as the original gives some. */
async function moveStore4(original: TestDatabase, store: TestDatabase): Promise<void> {
  const { host, port, database, user, password } = store.settings
  await original.query(
    `update tenants set db_name = '${database}', db_host = '${host}', db_port = '${port}', db_user = '${user}',
      db_password = '${password}' where company_id = 4`,
  )
  for (const statement of storeRows(4)) await store.query(statement)
}

async function lastRun(database: TestDatabase) {
  const [run] = await database.query('select id, updated from copy_runs order by id desc limit 1')
  return run ?? assert.fail('there is no run')
}

/** All rows of all tables, ours too. */
async function everything(database: TestDatabase) {
  return contentsOf(database, await shapeOf(database))
}

function rowsBut(column: string, table: unknown): unknown {
  const { rows, ...others } = Object(table)
  return { ...others, rows: rows.map((row: object) => ({ ...row, [column]: null })) }
}

for (const document of ['docs/es/mover-desde-laravel.md', 'docs/en/moving-from-laravel.md']) {
  test(`the orders of ${document} take a database over`, { skip }, async () => {
    await using original = await originalDatabase()
    using installation = installationOn(original)
    const guide = readFileSync(join(import.meta.dirname, '../../../..', document), 'utf8')
    const [, section = ''] = guide.split(/^## (?:Tomar la base|Taking over).*$/m)
    const orders = [...section.matchAll(/^\.\/surtidor (.*)$/gm)].map(([, words = '']) => words.split(' '))

    assert.ok(orders.length >= 8)
    for (const words of orders) {
      const { code, output, errors } = await installation.run(...words)
      const isFound = /^laravel:(inspect|parity)$/.test(words[0] ?? '')
      // What it finds is there to be found, and the script is for a person to run.
      assert.ok(code === 0 || (code === 1 && isFound), `${words.join(' ')}\n${output}\n${errors}`)
      if (words[0] === 'laravel:repair')
        await runScript(original, installation.path(`${words[1]?.slice(9)}/repair.sql`))
    }
  })
}
