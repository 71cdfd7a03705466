import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describePayload } from '@surtidor/queue'
import { sql } from 'kysely'
import { storeForm, TestBed } from '../../test/support/copy-test-bed.ts'
import { DuplicateStoreError, registerStore } from './register-store.ts'
import { parseStoreForm } from './store-form.ts'
import { findStore, listStores } from './stores.ts'

const written = [
  'vnt_companies',
  'vnt_warehouses',
  'vnt_contacts',
  'users',
  'user_tenants',
  'tenants',
  'copy_runs',
  'jobs',
] as const

test('a registration writes company, warehouse, contact, user, membership, tenant, run and job', async () => {
  await using bed = await TestBed.open()
  const result = parseStoreForm({
    name: 'La 45',
    type: 'NIT',
    identification: '900.123.456-8',
    email: 'Ana@Ejemplo.co',
    phone: '300 1234567',
    address: 'Calle 45 # 1-2',
    city: 'Bogotá',
    district: 'Centro',
    contactName: 'Ana Niño',
  })
  assert.ok(result.ok)

  const { companyId, runId, userId } = await registerStore(bed, { form: result.form, distributorId: bed.distributorId })

  const one = (table: (typeof written)[number]) => firstRow(bed, table)
  const company = await one('vnt_companies')
  assert.deepEqual(
    [company.businessName, company.identification, company.verification_digit],
    ['La 45', '900123456', 8],
  )
  assert.deepEqual([company.id, company.type, company.typeIdentificationId], [companyId, 'CLIENTE', 2])
  const warehouse = await one('vnt_warehouses')
  assert.deepEqual([warehouse.name, warehouse.main, warehouse.city], ['Principal', 1, 'Bogotá'])
  const contact = await one('vnt_contacts')
  assert.deepEqual([contact.firstName, contact.email, contact.positionId], ['Ana Niño', 'ana@ejemplo.co', 1])
  const user = await one('users')
  assert.deepEqual([user.id, user.profile_id, user.password, user.contact_id], [userId, 17, null, contact.id])
  assert.deepEqual(
    [(await one('user_tenants')).tenant_id, (await one('user_tenants')).user_id],
    [bed.distributorId, userId],
  )
  const run = await bed.run(runId)
  assert.deepEqual([run.state, run.companyId, run.total], ['pending', companyId, null])
  const [job] = await bed.queue.jobs()
  const payload = describePayload(job?.payload ?? '')
  assert.deepEqual([payload.uuid, payload.data], [run.jobUuid, { companyId, tenantId: bed.distributorId, runId }])
})

test('the log says that the user was created, without names or addresses', async () => {
  await using bed = await TestBed.open()

  const store = await bed.register()

  const line = bed.logged.find(({ event }) => event === 'user_created')
  assert.equal(line?.msg, 'Usuario creado exitosamente')
  assert.deepEqual([line?.companyId, line?.userId, line?.runId], [store.companyId, store.userId, store.runId])
  assert.doesNotMatch(JSON.stringify(bed.logged), /ejemplo\.co|Tienda 1/)
})

for (const table of written) {
  test(`when ${table} cannot be written, nothing is`, async () => {
    await using bed = await TestBed.open()
    const before = await countRows(bed)
    await sql`create trigger refuse before insert on ${sql.table(table)} begin select raise(abort, 'refused'); end`.execute(
      bed.central,
    )

    await assert.rejects(bed.register(), /refused/)
    const after = await countRows(bed)
    await sql`drop trigger refuse`.execute(bed.central)
    await bed.register()

    assert.deepEqual(after, before)
    assert.deepEqual(
      await countRows(bed),
      before.map((rows) => rows + 1),
    )
    assert.equal(bed.logged.filter(({ event }) => event === 'user_created').length, 1)
  })
}

test('the same identification again names the store that has it', async () => {
  await using bed = await TestBed.open()
  const first = await registerStore(bed, { form: storeForm(12345), distributorId: bed.distributorId })
  const before = await countRows(bed)
  const again = registerStore(bed, {
    form: { ...storeForm(12345), email: 'otro@ejemplo.co' },
    distributorId: bed.distributorId,
  })

  await assert.rejects(again, (error) => {
    assert.ok(error instanceof DuplicateStoreError)
    assert.deepEqual([error.field, error.companyId], ['identification', first.companyId])
    assert.match(error.text.es, /identificación 12345 ya está registrada en la tienda/)
    return true
  })
  assert.deepEqual(await countRows(bed), before)
})

test('the same e-mail address again is refused, and another distributor learns nothing of whose it is', async () => {
  await using bed = await TestBed.open()
  const form = storeForm(12345)
  const first = await registerStore(bed, { form, distributorId: bed.distributorId })
  await bed.central.insertInto('tenants').values({ id: 'other', kind: 'distributor', name: 'Otra' }).execute()
  const secondForm = { ...storeForm(54321), email: form.email }

  for (const [distributorId, companyId] of [
    [bed.distributorId, first.companyId],
    ['other', null],
  ] as const) {
    await assert.rejects(registerStore(bed, { form: secondForm, distributorId }), (error) => {
      assert.ok(error instanceof DuplicateStoreError)
      assert.deepEqual([error.field, error.companyId], ['email', companyId])
      return true
    })
  }
})

test('two distributors may have a store with the same identification', async () => {
  await using bed = await TestBed.open()
  await bed.central.insertInto('tenants').values({ id: 'other', kind: 'distributor', name: 'Otra' }).execute()
  await registerStore(bed, { form: storeForm(12345), distributorId: bed.distributorId })

  await registerStore(bed, { form: { ...storeForm(12345), email: 'b@ejemplo.co' }, distributorId: 'other' })

  assert.equal((await listStores(bed.central, { limit: 10 })).length, 2)
})

test('twenty registrations of one identification at the same time make one store', async () => {
  await using bed = await TestBed.open()
  const forms = Array.from({ length: 20 }, (_, index) => ({ ...storeForm(12345), email: `t${index}@ejemplo.co` }))

  const results = await Promise.allSettled(
    forms.map((form) => registerStore(bed, { form, distributorId: bed.distributorId })),
  )

  assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1)
  for (const result of results) {
    if (result.status === 'rejected') assert.ok(result.reason instanceof DuplicateStoreError)
  }
  assert.deepEqual(await countRows(bed), [1, 1, 1, 1, 1, 2, 1, 1])
})

test('registering takes the same statements whatever the size of the catalogue', async () => {
  await using bed = await TestBed.open()
  const count = async () => {
    bed.statements.length = 0
    await bed.register()
    return bed.statements.length
  }
  const empty = await count()
  await bed.addProducts(2000)

  assert.equal(await count(), empty)
})

test('stores are listed newest first, page by page, with their latest run, and found by part of name or number', async () => {
  await using bed = await TestBed.open()
  const ids: number[] = []
  for (let each = 0; each < 5; each += 1) ids.push((await bed.register()).companyId)

  const first = await listStores(bed.central, { limit: 3 })
  const rest = await listStores(bed.central, { limit: 3, beforeId: first.at(-1)?.companyId })
  const found = await listStores(bed.central, { limit: 3, search: '10002' })
  const wildcard = await listStores(bed.central, { limit: 3, search: '%' })

  assert.deepEqual(
    [...first, ...rest].map(({ companyId }) => companyId),
    ids.toReversed(),
  )
  assert.equal(first[0]?.run?.state, 'pending')
  assert.deepEqual(
    found.map(({ name, type }) => [name, type]),
    [['Tienda 10002', 'CC']],
  )
  assert.deepEqual(wildcard, [])
  assert.deepEqual(await findStore(bed.central, ids[4] ?? 0), first[0])
  assert.equal(await findStore(bed.central, 999), undefined)
})

async function countRows(bed: TestBed): Promise<readonly number[]> {
  const counts: number[] = []
  for (const table of written) {
    const { rows } = await sql<{ n: number }>`select count(*) as n from ${sql.table(table)}`.execute(bed.central)
    counts.push(rows[0]?.n ?? 0)
  }
  return counts
}

async function firstRow(bed: TestBed, table: string): Promise<Readonly<Record<string, unknown>>> {
  const { rows } = await sql<Record<string, unknown>>`select * from ${sql.table(table)} limit 1`.execute(bed.central)
  assert.ok(rows[0])
  return rows[0]
}
