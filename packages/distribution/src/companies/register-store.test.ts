import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describePayload } from '@surtidor/queue'
import { sql } from 'kysely'
import { bedDrivers } from '../../test/support/bed-place.ts'
import { storeForm, TestBed } from '../../test/support/copy-test-bed.ts'
import { dialectOf } from '../database/dialect.ts'
import { UnknownChoiceError } from './company-choices.ts'
import { DuplicateStoreError } from './duplicate-store.ts'
import { registerStore } from './register-store.ts'
import { parseStoreForm, type StoreForm } from './store-form.ts'
import { findStore, listStores } from './stores.ts'

const written = [
  'vnt_companies',
  'vnt_warehouses',
  'vnt_contacts',
  'tat_companies_routes',
  'users',
  'user_tenants',
  'tenants',
  'copy_runs',
  'jobs',
  'notification_outbox',
  'user_activations',
] as const

const legal = {
  contactType: 'CLIENTE',
  name: 'La 45 S.A.S.',
  type: 'NIT',
  identification: '900.123.456-8',
  person: 'Juridica',
  regime: '1',
  fiscalResponsibility: '3',
  ciiu: '4711',
  email: 'Ana@Ejemplo.co',
  phone: '300 1234567',
  address: 'Calle 45 # 1-2',
  city: 'Bogotá',
  district: 'Centro',
  postcode: '110311',
  contactName: 'Ana Niño',
  position: '2',
  route: '1',
  createUser: 'yes',
}

const natural = {
  ...legal,
  type: 'CC',
  identification: '1023456',
  firstName: 'Ana',
  middleName: 'Lucía',
  surname: 'Niño',
  secondSurname: 'Páez',
  contactName: '',
}

function formOf(typed: Readonly<Record<string, string>>): StoreForm {
  const result = parseStoreForm(typed, 'everything')
  assert.ok(result.ok)
  return result.form
}

test('a registration writes company, warehouse, contact, route, user, membership, tenant, run, job and notification', async () => {
  await using bed = await TestBed.open()
  await addRoute(bed)

  const { companyId, user } = await registerStore(bed, { form: formOf(legal), distributorId: bed.distributorId })

  const one = (table: (typeof written)[number]) => firstRow(bed, table)
  assert.deepEqual(pick(await one('vnt_companies'), ['id', 'type', 'businessName', 'firstName', 'typePerson']), {
    id: companyId,
    type: 'CLIENTE',
    businessName: 'La 45 S.A.S.',
    firstName: 'La 45 S.A.S.',
    typePerson: 'LEGAL_ENTITY',
  })
  assert.deepEqual(pick(await one('vnt_companies'), ['typeIdentificationId', 'identification', 'verification_digit']), {
    typeIdentificationId: 2,
    identification: '900123456',
    verification_digit: 8,
  })
  assert.deepEqual(
    pick(await one('vnt_companies'), ['code_ciiu', 'regimeId', 'fiscalResponsabilityId', 'billingEmail']),
    { code_ciiu: '4711', regimeId: 1, fiscalResponsabilityId: 3, billingEmail: 'ana@ejemplo.co' },
  )
  assert.deepEqual(pick(await one('vnt_warehouses'), ['name', 'main', 'city', 'district', 'postcode']), {
    name: 'Principal',
    main: 1,
    city: 'Bogotá',
    district: 'Centro',
    postcode: '110311',
  })
  const contact = await one('vnt_contacts')
  assert.deepEqual([contact.firstName, contact.email, contact.positionId], ['Ana Niño', 'ana@ejemplo.co', 2])
  assert.deepEqual(pick(await one('tat_companies_routes'), ['company_id', 'route_id', 'sales_order']), {
    company_id: companyId,
    route_id: 1,
    sales_order: 1,
  })
  assert.deepEqual(pick(await one('users'), ['id', 'name', 'profile_id', 'password', 'contact_id']), {
    id: user?.userId,
    name: 'Ana Niño',
    profile_id: 17,
    password: null,
    contact_id: contact.id,
  })
  assert.deepEqual(pick(await one('user_tenants'), ['tenant_id', 'user_id']), {
    tenant_id: bed.distributorId,
    user_id: user?.userId,
  })
  const run = await bed.run(user?.runId ?? 0)
  assert.deepEqual([run.state, run.companyId, run.total], ['pending', companyId, null])
  const [job] = await bed.queue.jobs()
  const payload = describePayload(job?.payload ?? '')
  assert.deepEqual(
    [payload.uuid, payload.data],
    [run.jobUuid, { companyId, tenantId: bed.distributorId, runId: run.id }],
  )
  assert.deepEqual(
    pick(await one('notification_outbox'), ['kind', 'channel', 'recipient', 'state', 'run_id', 'payload']),
    {
      kind: 'user_activation',
      channel: 'email',
      recipient: 'ana@ejemplo.co',
      state: 'pending',
      run_id: run.id,
      payload: JSON.stringify({ userId: user?.userId, companyId }),
    },
  )
})

test('the names of a person stand in the crossed columns of the original application', async () => {
  await using bed = await TestBed.open()
  await addRoute(bed)

  await registerStore(bed, { form: formOf(natural), distributorId: bed.distributorId })

  assert.deepEqual(
    pick(await firstRow(bed, 'vnt_companies'), ['firstName', 'lastName', 'secondName', 'secondLastName', 'typePerson']),
    { firstName: 'Ana', lastName: 'Lucía', secondName: 'Niño', secondLastName: 'Páez', typePerson: 'PERSON_ENTITY' },
  )
  assert.deepEqual(pick(await firstRow(bed, 'vnt_companies'), ['regimeId', 'fiscalResponsabilityId']), {
    regimeId: 2,
    fiscalResponsabilityId: 1,
  })
  assert.equal((await firstRow(bed, 'users')).name, 'Ana Niño')
})

for (const [who, change] of [
  ['a supplier', { contactType: 'PROVEEDOR' }],
  ['a client without the box', { createUser: '', route: '' }],
] as const) {
  test(`${who} is company, warehouse and contact, and nothing else`, async () => {
    await using bed = await TestBed.open()
    await addRoute(bed)
    const before = await countRows(bed)

    const { user } = await registerStore(bed, {
      form: formOf({ ...legal, ...change }),
      distributorId: bed.distributorId,
    })

    const more = (await countRows(bed)).map((rows, index) => rows - (before[index] ?? 0))
    assert.deepEqual([user, more], [null, [1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0]])
  })
}

test('the next company on a route is its last stop', async () => {
  await using bed = await TestBed.open()
  await addRoute(bed)
  for (const form of [formOf(legal), formOf({ ...natural, email: 'otra@ejemplo.co' })]) {
    await registerStore(bed, { form, distributorId: bed.distributorId })
  }

  const stops = await bed.central.selectFrom('tat_companies_routes').select('sales_order').orderBy('id').execute()

  assert.deepEqual(
    stops.map(({ sales_order }) => sales_order),
    [1, 2],
  )
})

for (const [field, typed] of [
  ['route', { route: '99' }],
  ['route', { route: '2' }],
  ['position', { position: '99' }],
] as const) {
  test(`${JSON.stringify(typed)} that the distributor does not have is refused, and nothing is written`, async () => {
    await using bed = await TestBed.open()
    await addRoute(bed)
    await bed.central.insertInto('tenants').values({ id: 'other', kind: 'distributor', name: 'Otra' }).execute()
    await addRoute(bed, 'other')
    const before = await countRows(bed)

    const attempt = registerStore(bed, { form: formOf({ ...legal, ...typed }), distributorId: bed.distributorId })

    await assert.rejects(attempt, (error) => error instanceof UnknownChoiceError && error.field === field)
    assert.deepEqual(await countRows(bed), before)
  })
}

test('the log says that the user was created, without names or addresses', async () => {
  await using bed = await TestBed.open()

  const store = await bed.register()

  const line = bed.logged.find(({ event }) => event === 'user_created')
  assert.equal(line?.msg, 'Usuario creado exitosamente')
  assert.deepEqual([line?.companyId, line?.userId, line?.runId], [store.companyId, store.userId, store.runId])
  assert.doesNotMatch(JSON.stringify(bed.logged), /ejemplo\.co|Tienda 1/)
})

for (const driver of bedDrivers) {
  test(`on ${driver}, when one of its rows cannot be written, nothing is`, async () => {
    await using bed = await TestBed.open(driver)
    await addRoute(bed)
    const register = () => registerStore(bed, { form: formOf(legal), distributorId: bed.distributorId })
    const before = await countRows(bed)

    for (const table of written) {
      await refuseInserts(bed, table)
      await assert.rejects(register(), /refused/, table)
      assert.deepEqual(await countRows(bed), before, table)
      await allowInserts(bed, table)
    }
    await register()

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
  assert.deepEqual(await countRows(bed), [1, 1, 1, 0, 1, 1, 2, 1, 1, 1, 1])
})

test('registering takes the same statements for 50 products and for 5,000', async () => {
  await using bed = await TestBed.open()
  const count = async () => {
    bed.statements.length = 0
    await bed.register()
    return bed.statements.length
  }
  await bed.addProducts(50)
  const few = await count()
  await bed.central.deleteFrom('inv_values').execute()
  await bed.central.deleteFrom('inv_image_gallery').execute()
  await bed.central.deleteFrom('inv_items').execute()
  await bed.addProducts(5000)

  assert.equal(await count(), few)
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

/** Behind whatever came before it in the same transaction. */
async function refuseInserts({ central }: TestBed, table: string): Promise<void> {
  const dialect = dialectOf(central)
  const before = sql.raw(`create trigger refuse before insert on ${table}`)
  if (dialect === 'sqlite') await sql`${before} begin select raise(abort, 'refused'); end`.execute(central)
  if (dialect === 'mysql')
    await sql`${before} for each row signal sqlstate '45000' set message_text = 'refused'`.execute(central)
  if (dialect !== 'postgres') return
  await sql`create or replace function refuse() returns trigger language plpgsql as 'begin raise exception ''refused''; end'`.execute(
    central,
  )
  await sql`${before} for each row execute function refuse()`.execute(central)
}

async function allowInserts({ central }: TestBed, table: string): Promise<void> {
  const on = dialectOf(central) === 'postgres' ? ` on ${table}` : ''
  await sql.raw(`drop trigger refuse${on}`).execute(central)
}

async function countRows(bed: TestBed): Promise<readonly number[]> {
  const counts: number[] = []
  for (const table of written) {
    const { rows } = await sql<{ n: number }>`select count(*) as n from ${sql.table(table)}`.execute(bed.central)
    counts.push(Number(rows[0]?.n ?? 0))
  }
  return counts
}

async function firstRow(bed: TestBed, table: string): Promise<Readonly<Record<string, unknown>>> {
  const { rows } = await sql<Record<string, unknown>>`select * from ${sql.table(table)} limit 1`.execute(bed.central)
  assert.ok(rows[0])
  return rows[0]
}

async function addRoute(bed: TestBed, tenantId: string = bed.distributorId): Promise<void> {
  const unknown = { zone_id: null, salesman_id: null, sale_day: 'Lunes', delivery_day: null }
  await bed.central
    .insertInto('tat_routes')
    .values({ tenant_id: tenantId, name: 'Ruta 1', ...unknown })
    .execute()
}

function pick(row: Readonly<Record<string, unknown>>, columns: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(columns.map((column) => [column, row[column]]))
}
