import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mariadbServer } from '../../../queue/test/support/servers.ts'
import { openCentral } from '../../src/database/open-central.ts'
import { centralTables } from '../../src/migrations/central/0001-central-tables.ts'
import { migrateCentral, pendingCentralMigrations } from '../../src/migrations/migrate.ts'
import { distributorId, installationOn, originalDatabase, shapeOf } from '../support/adopted-original.ts'
import { TestBed } from '../support/copy-test-bed.ts'

const skip = mariadbServer === undefined

test('only migrate takes the original’s database over: what else opens it says so, and touches nothing', {
  skip,
}, async () => {
  await using original = await originalDatabase()
  using installation = installationOn(original)
  const before = await shapeOf(original)

  for (const words of [
    ['copy:status'],
    ['serve', '--migrate', '--demo'],
    ['tenants:migrate'],
    ['store:create', '--name=La 45', '--identification=12345', '--email=x@y.co'],
  ]) {
    const { code, output, errors } = await installation.run(...words)

    assert.deepEqual([code, output], [1, ''], words.join(' '))
    assert.match(errors, /es la de la aplicación Laravel .*No se tocó nada\. .*\.\/surtidor migrate/)
    assert.doesNotMatch(errors, /hunter2/)
  }
  assert.deepEqual(await shapeOf(original), before)
  assert.deepEqual(await original.query('select distinct left(db_password, 7) as begin from tenants'), [
    { begin: 'hunter2' },
  ])
})

test('another application’s database is refused by migrate too', { skip }, async () => {
  await using other = (await mariadbServer?.createDatabase()) ?? assert.fail('no server')
  await other.query('create table users (id bigint unsigned primary key, email varchar(255))')
  using installation = installationOn(other)

  const { code, output, errors } = await installation.run('migrate')

  assert.deepEqual([code, output], [1, ''])
  assert.match(errors, /tablas de otra aplicación .*users\.password.*No se tocó nada\..*DB_DATABASE/)
  assert.deepEqual([...(await shapeOf(other)).keys()], ['users'])
})

test('what stands in the way of a takeover is one sentence with the next step, and nothing is touched', {
  skip,
}, async () => {
  await using original = await originalDatabase()
  using installation = installationOn(original)
  const shape = await shapeOf(original)
  const refused = async (expected: RegExp, ...words: readonly string[]) => {
    const { code, output, errors } = await installation.run('migrate', ...words)
    assert.deepEqual([code, output], [1, ''])
    assert.match(errors, expected)
    assert.equal(errors.trim().split('\n').length, 1)
    assert.deepEqual(await shapeOf(original), shape)
  }

  await refused(/El tenant "otro" no existe.*--distributor uno de estos: .*Distribuidora Sol/, '--distributor=otro')
  await original.query('delete from user_tenants')
  await refused(/Varios tenants pueden ser la distribuidora.*De prueba.*migrate --distributor=ID/)
  await original.query('alter table tat_items engine = MyISAM')
  await refused(/tat_items no son de InnoDB.*engine = InnoDB/, `--distributor=${distributorId}`)
  await original.query('alter table tat_items engine = InnoDB')
  const { code, errors } = await installation.run('migrate', `--distributor=${distributorId}`)

  assert.deepEqual([code, errors], [0, ''])
})

test('a user who may not change tables is told which rights are missing, and the takeover goes on with them', {
  skip,
}, async () => {
  await using original = await originalDatabase()
  const { database } = original.settings
  const account = `'rights_${database.slice(-12)}'@'%'`
  await original.query(`create user ${account} identified by 'hunter2-user'`)
  try {
    using installation = installationOn(original, {
      DB_USERNAME: account.slice(1, -5),
      DB_PASSWORD: 'hunter2-user',
    })
    const grants = ['select, insert, update, delete', 'create', 'alter', 'index, drop, trigger']
    const answers = []
    for (const rights of grants) {
      await original.query(`grant ${rights} on ${database}.* to ${account}`)
      answers.push(await installation.run('migrate'))
    }

    assert.deepEqual(
      answers.map(({ code }) => code),
      [1, 1, 1, 0],
    )
    for (const { errors } of answers.slice(0, -1))
      assert.match(errors, /^\W*El usuario de DB_USERNAME no puede .*grant create, alter/)
    for (const { output, errors } of answers) assert.doesNotMatch(output + errors, /hunter2/)
  } finally {
    await original.query(`drop user ${account}`)
  }
})

test('a user of a store whose warehouse belongs to nobody does not hide the distributor', { skip }, async () => {
  await using original = await originalDatabase()
  await original.query('alter table vnt_warehouses modify companyId bigint unsigned')
  await original.query(`insert into vnt_warehouses (id, companyId, name) values (90, null, 'Suelta')`)
  await original.query(`insert into vnt_contacts (id, warehouseId, firstName) values (90, 90, 'Iris')`)
  await original.query(
    `insert into users (name, email, password, profile_id, contact_id) values ('Iris', 'iris@x.co', 'x', 17, 90)`,
  )
  using installation = installationOn(original)

  const { code, output, errors } = await installation.run('migrate')

  assert.deepEqual([code, errors], [0, ''])
  assert.match(output, /distribuidora «Distribuidora Sol», 2 tiendas/)
})

test('an original without any tenant gets its distributor', { skip }, async () => {
  await using original = await originalDatabase([])
  using installation = installationOn(original)

  const { code, output, errors } = await installation.run('migrate')

  assert.deepEqual([code, errors], [0, ''])
  assert.match(output, /distribuidora «Distribuidora principal», 0 tiendas/)
  assert.deepEqual(await original.query('select kind, count(*) as found from tenants group by kind'), [
    { kind: 'distributor', found: 1 },
  ])
})

test('clear passwords are sealed on demand, and given back to the original byte for byte', { skip }, async () => {
  await using original = await originalDatabase()
  using installation = installationOn(original)
  const passwords = () => original.query('select id, db_password, updated_at from tenants order by id')
  await installation.run('migrate')
  const before = await passwords()

  const sealed = await installation.run('tenants:seal')
  const stored = await passwords()
  const migrated = await installation.run('migrate')
  const unsealed = await installation.run('tenants:seal', '--undo')

  assert.deepEqual([sealed.code, sealed.errors], [0, ''])
  assert.match(sealed.output, /Contraseñas selladas: 4\./)
  for (const row of stored) assert.match(String(row.db_password), /^v1:[\w-]{40,}$/)
  assert.doesNotMatch(migrated.output, /en claro/)
  assert.match(unsealed.output, /otra vez en claro: 4/)
  assert.deepEqual(await passwords(), before)
  for (const { output, errors } of [sealed, migrated, unsealed]) assert.doesNotMatch(output + errors, /hunter2/)
})

test('a password that does not fit when it is sealed stops all of them, with the tenant and the next step', {
  skip,
}, async () => {
  await using original = await originalDatabase()
  using installation = installationOn(original)
  await installation.run('migrate')
  await original.query(`update tenants set db_password = repeat('s', 250) where id = '${distributorId}'`)

  const { code, output, errors } = await installation.run('tenants:seal')

  assert.deepEqual([code, output], [1, ''])
  assert.match(errors, new RegExp(`del tenant ${distributorId} es demasiado larga .* No se cambió ninguna`))
  assert.doesNotMatch(errors, /hunter2|sssss/)
  const [left] = await original.query(`select count(*) as found from tenants where db_password like 'v1:%'`)
  assert.equal(left?.found, 0)
})

test('the original’s database is inspected, compared and mended from beside it', { skip }, async () => {
  await using original = await originalDatabase()
  await original.query(`insert into tat_items (item_father_id, company_id, sku, name) values (900, 1, 'X', 'X')`)
  using installation = installationOn(original)

  const [inspected, compared, mended] = [
    await installation.run('laravel:inspect'),
    await installation.run('laravel:parity'),
    await installation.run('laravel:repair'),
  ]

  assert.match(inspected.output, /SOURCE_GONE/)
  assert.deepEqual([compared.code, compared.errors], [1, ''])
  assert.match(compared.output, /Su producto del distribuidor ya no existe \(defecto 11\)/)
  assert.deepEqual([mended.code, mended.errors], [0, ''])
  assert.doesNotMatch(inspected.output + compared.output + mended.output, /hunter2/)
})

test('a database in which the first migration was cut short is migrated to its end', { skip }, async () => {
  await using database = (await mariadbServer?.createDatabase()) ?? assert.fail('no server')
  await using central = await openCentral({ driver: 'mysql', ...database.settings })
  await centralTables.up(central)

  const ran = await migrateCentral(central)

  assert.equal(ran[0], '0001-central-tables')
  assert.deepEqual(await pendingCentralMigrations(central), { names: [], isNew: false })
})

test('a copy into a store whose database is the original’s fails with the reason, and touches nothing', {
  skip,
}, async () => {
  await using bed = await TestBed.open('mariadb')
  await using original = await originalDatabase()
  await bed.addProducts(3)
  const { companyId, runId } = await bed.register()
  await bed.central
    .updateTable('tenants')
    .set({ db_name: original.settings.database })
    .where('company_id', '=', companyId)
    .execute()
  const before = await shapeOf(original)

  await bed.queue.worker({ memory: 0, stopWhenEmpty: true }).run()

  const { state, error } = await bed.run(runId)
  assert.equal(state, 'failed')
  assert.match(String(error), /no es de una tienda: tiene las tablas .*No se tocó nada/)
  assert.deepEqual(await shapeOf(original), before)
})
