import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { TestBed } from '../../test/support/copy-test-bed.ts'
import { StoreWithoutUserError, startRun } from '../copy/runs/runs.ts'
import { addStoreUser, StoreUserError } from './add-store-user.ts'
import { DuplicateStoreError } from './duplicate-store.ts'
import { registerStore } from './register-store.ts'
import { parseStoreForm } from './store-form.ts'

test('a client that was registered without a user gets it later, and its first copy with it', async () => {
  await using bed = await TestBed.open()
  const companyId = await addClient(bed)
  const before = await counts(bed)

  const { activation } = await addStoreUser(bed, { companyId, email: '' })

  const user = await bed.central.selectFrom('users').selectAll().executeTakeFirstOrThrow()
  assert.deepEqual([user.profile_id, user.email, user.name, user.password], [17, 'ana@ejemplo.co', 'La 45', null])
  assert.match(activation?.token ?? '', /^[\w-]{43}$/)
  assert.deepEqual(
    [before, await counts(bed)],
    [
      [0, 0, 0, 0, 0, 0],
      [1, 1, 1, 1, 1, 1],
    ],
  )
  assert.deepEqual(
    bed.logged.filter(({ event }) => event === 'user_created').map((line) => line.companyId),
    [companyId],
  )
})

test('asked again, nothing is started, and a new link is made only while there is no password', async () => {
  await using bed = await TestBed.open()
  const companyId = await addClient(bed)
  const first = await addStoreUser(bed, { companyId, email: '' })

  const second = await addStoreUser(bed, { companyId, email: 'otra@ejemplo.co' })
  await bed.central.updateTable('users').set({ password: 'x' }).execute()
  const third = await addStoreUser(bed, { companyId, email: '' })

  assert.notEqual(second.activation?.token, first.activation?.token)
  assert.equal(third.activation, null)
  assert.deepEqual(await counts(bed), [1, 1, 1, 1, 1, 2])
})

test('twenty who ask at the same time make one user and one copy', async () => {
  await using bed = await TestBed.open()
  const companyId = await addClient(bed)

  await Promise.all(Array.from({ length: 20 }, () => addStoreUser(bed, { companyId, email: '' })))

  assert.deepEqual((await counts(bed)).slice(0, 5), [1, 1, 1, 1, 1])
})

test("the client's user of another profile becomes the store's, and keeps its password", async () => {
  await using bed = await TestBed.open()
  const companyId = await addClient(bed)
  const { id: contactId } = await bed.central.selectFrom('vnt_contacts').select('id').executeTakeFirstOrThrow()
  await bed.central
    .insertInto('users')
    .values({ name: 'Ana', email: 'ana@ejemplo.co', password: 'x', phone: null, profile_id: 4, contact_id: contactId })
    .execute()

  const { activation } = await addStoreUser(bed, { companyId, email: '' })

  const [user, ...others] = await bed.central.selectFrom('users').select(['profile_id', 'password']).execute()
  assert.deepEqual([user?.profile_id, user?.password, others, activation], [17, 'x', [], null])
  assert.deepEqual(await counts(bed), [1, 1, 1, 1, 0, 0])
})

for (const table of [
  'users',
  'user_tenants',
  'tenants',
  'copy_runs',
  'jobs',
  'notification_outbox',
  'user_activations',
]) {
  test(`when ${table} cannot be written, the client stays as it was`, async () => {
    await using bed = await TestBed.open()
    const companyId = await addClient(bed)
    await sql`create trigger refuse before insert on ${sql.table(table)} begin select raise(abort, 'refused'); end`.execute(
      bed.central,
    )

    await assert.rejects(addStoreUser(bed, { companyId, email: '' }), /refused/)
    const after = await counts(bed)
    await sql`drop trigger refuse`.execute(bed.central)
    await addStoreUser(bed, { companyId, email: '' })

    assert.deepEqual(
      [after, await counts(bed)],
      [
        [0, 0, 0, 0, 0, 0],
        [1, 1, 1, 1, 1, 1],
      ],
    )
  })
}

test('an address that another store has is refused, and names that store', async () => {
  await using bed = await TestBed.open()
  const other = await bed.register()
  const { email } = await bed.central.selectFrom('users').select('email').executeTakeFirstOrThrow()
  const companyId = await addClient(bed)

  await assert.rejects(addStoreUser(bed, { companyId, email: email.toUpperCase() }), (error) => {
    return error instanceof DuplicateStoreError && error.companyId === other.companyId
  })
})

test('a supplier, a company that is not there and an address that is none are refused with a sentence', async () => {
  await using bed = await TestBed.open()
  const client = await addClient(bed)
  const supplier = await addClient(bed, { contactType: 'PROVEEDOR', identification: '76543', email: 'b@ejemplo.co' })

  for (const [companyId, email] of [
    [supplier, ''],
    [999, ''],
    [client, 'no-es-correo'],
    [client, `${'a'.repeat(250)}@ejemplo.co`],
  ] as const) {
    await assert.rejects(addStoreUser(bed, { companyId, email }), (error) => {
      return error instanceof StoreUserError && error.text.es.endsWith('.') && error.text.en !== error.text.es
    })
  }
  assert.deepEqual(await counts(bed), [0, 0, 0, 0, 0, 0])
})

test('no copy starts for a client that has no user', async () => {
  await using bed = await TestBed.open()
  const companyId = await addClient(bed)

  await assert.rejects(startRun(bed, companyId), StoreWithoutUserError)

  assert.deepEqual(await counts(bed), [0, 0, 0, 0, 0, 0])
})

async function addClient(bed: TestBed, change: Readonly<Record<string, string>> = {}): Promise<number> {
  const typed = { name: 'La 45', identification: '1023456', email: 'ana@ejemplo.co', createUser: 'no', ...change }
  const result = parseStoreForm(typed)
  assert.ok(result.ok)
  return (await registerStore(bed, { form: result.form, distributorId: bed.distributorId })).companyId
}

/** Users, memberships, runs, jobs, notifications, links. */
async function counts(bed: TestBed): Promise<readonly number[]> {
  const tables = ['users', 'user_tenants', 'copy_runs', 'jobs', 'notification_outbox', 'user_activations']
  const found: number[] = []
  for (const table of tables) {
    const { rows } = await sql<{ n: number }>`select count(*) as n from ${sql.table(table)}`.execute(bed.central)
    found.push(rows[0]?.n ?? 0)
  }
  return found
}
