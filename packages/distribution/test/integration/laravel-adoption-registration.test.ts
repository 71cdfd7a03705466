import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mariadbServer } from '../../../queue/test/support/servers.ts'
import { installationOn, originalDatabase, runAll } from '../support/adopted-original.ts'
import { laravelPayload } from '../support/laravel-payload.ts'

const skip = mariadbServer === undefined

test('a store that is registered here lives beside those of the original', { skip }, async () => {
  await using original = await originalDatabase()
  using installation = installationOn(original)
  await installation.run('migrate')

  await runAll(
    installation,
    ['store:create', '--name=La Nueva', '--identification=12345678', '--email=nueva@example.co'],
    ['queue:work', '--stop-when-empty'],
  )

  const verified = await installation.run('copy:verify', '--all')
  assert.equal(verified.code, 0, verified.output + verified.errors)
  const [store] = await original.query(
    `select tenant.db_name as name, count(item.id) as products
     from tenants tenant join vnt_companies company on company.id = tenant.company_id
     join tat_items item on item.company_id = company.id
     where company.identification = '12345678' group by tenant.id`,
  )
  assert.deepEqual(store, { name: original.settings.database, products: 38 })
  const [user] = await original.query(
    `select password, created_at is null as undated from users where email = 'nueva@example.co'`,
  )
  assert.deepEqual(user, { password: '', undated: 0 })
})

test('a copy that Laravel has dispatched before the takeover stocks its store', { skip }, async () => {
  await using original = await originalDatabase()
  using installation = installationOn(original)
  const payload = laravelPayload({ queue: 'default', companyId: 5, tenantId: null })
  await original.query(
    `insert into jobs (queue, payload, attempts, available_at, created_at)
     values ('default', x'${Buffer.from(payload).toString('hex')}', 0, unix_timestamp(), unix_timestamp())`,
  )

  await runAll(installation, ['migrate'], ['queue:work', '--stop-when-empty'])

  const verified = await installation.run('copy:verify', '--all')
  assert.equal(verified.code, 0, verified.output + verified.errors)
  const [items] = await original.query('select count(*) as found from tat_items where company_id = 5')
  assert.equal(items?.found, 38)
})

test('a column that only the original fills is named, with the next step, and nothing is stored', {
  skip,
}, async () => {
  await using original = await originalDatabase()
  using installation = installationOn(original)
  await installation.run('migrate')
  await original.query('alter table vnt_contacts add column documento varchar(20) not null')
  const words = ['store:create', '--name=La Nueva', '--identification=12345678', '--email=nueva@example.co']

  const refused = await installation.run(...words)
  const [companies] = await original.query(`select count(*) as found from vnt_companies`)
  await original.query(`alter table vnt_contacts alter column documento set default ''`)
  const registered = await installation.run(...words)

  assert.deepEqual([refused.code, refused.output], [1, ''])
  assert.match(refused.errors, /^\W*La columna vnt_contacts\.documento exige un valor .*set default/)
  assert.equal(companies?.found, 5)
  assert.deepEqual([registered.code, registered.errors], [0, ''])
})

test('clients that are registered at once beside the original are one, without its having a unique key', {
  skip,
}, async () => {
  await using original = await originalDatabase()
  using installation = installationOn(original)
  await installation.run('migrate')
  const words = ['store:create', '--name=La Nueva', '--identification=12345678']

  const registered = await Promise.all(
    [1, 2, 3].map((each) => installation.run(...words, `--email=nueva${each}@example.co`)),
  )

  assert.deepEqual(registered.map(({ code }) => code).toSorted(), [0, 1, 1])
  const [companies] = await original.query(
    `select count(*) as found from vnt_companies where identification = '12345678'`,
  )
  assert.equal(companies?.found, 1)
})
