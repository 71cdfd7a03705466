import assert from 'node:assert/strict'
import { existsSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { sql } from 'kysely'
import { sqliteHosting } from './sqlite-hosting.ts'
import { StoreDatabases } from './store-databases.ts'
import { here } from './store-hosting.ts'
import { InvalidDatabaseNameError, MissingStoreDatabaseError, storeProblem } from './store-problem.ts'

test('opening a store whose file is missing says so and makes nothing', async (t) => {
  const folder = await newFolder(t)
  const stores = new StoreDatabases(sqliteHosting(join(folder, 'tenants')))

  await assert.rejects(stores.open(here('tienda_1')), (error) => {
    assert.ok(error instanceof MissingStoreDatabaseError)
    assert.equal(error.code, 'MISSING_STORE_DATABASE')
    assert.match(storeProblem(error)?.es ?? '', /tienda_1\.sqlite no existe/)
    return true
  })
  assert.equal(existsSync(join(folder, 'tenants')), false)
})

test('what was created can be opened', async (t) => {
  const stores = new StoreDatabases(sqliteHosting(join(await newFolder(t), 'tenants')))
  await using created = await stores.create(here('tienda_1'))
  await sql`create table mark (id integer)`.execute(created)

  await using opened = await stores.open(here('tienda_1'))

  assert.deepEqual(
    (await opened.introspection.getTables()).map(({ name }) => name),
    ['mark'],
  )
})

test('a file that is no database is unusable with a code, at the first query', async (t) => {
  const folder = await newFolder(t)
  writeFileSync(join(folder, 'tienda_1.sqlite'), 'Estimado cliente\n'.repeat(500))
  await using store = await new StoreDatabases(sqliteHosting(folder)).open(here('tienda_1'))

  await assert.rejects(store.selectFrom('tat_items').selectAll().execute(), { code: 'DATABASE_UNUSABLE' })
})

for (const name of ['', '../fuera', 'A', '1tienda', 'a'.repeat(65), 'a.b']) {
  test(`the name ${JSON.stringify(name.slice(0, 10))} never becomes a path`, async (t) => {
    const stores = new StoreDatabases(sqliteHosting(await newFolder(t)))

    await assert.rejects(stores.open(here(name)), InvalidDatabaseNameError)
    await assert.rejects(stores.create(here(name)), InvalidDatabaseNameError)
  })
}

test('an error that is not about the database is no problem of the store', () => {
  assert.equal(storeProblem(new TypeError('x is not a function')), undefined)
})

test('a column that is missing asks for the migration of the stores on either server', () => {
  for (const code of ['ER_BAD_FIELD_ERROR', '42703'])
    assert.match(
      storeProblem(Object.assign(new Error('Unknown column'), { code }))?.es ?? '',
      /ejecute «tenants:migrate»/,
    )
})

test('a full disk asks for room, not for a backup', () => {
  const problem = storeProblem(Object.assign(new Error('database or disk is full'), { errcode: 13 }))

  assert.match(problem?.es ?? '', /Libere espacio y repita la orden/)
})

async function newFolder(t: { after(clean: () => Promise<unknown>): void }): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'surtidor-stores-'))
  t.after(() => rm(folder, { recursive: true }))
  return folder
}

test('a new name begins with that of the installation, and no two are the same', () => {
  const names = ['surtidor', '9 Distribución-Ñandú del Norte y de todo el Sur', '…'].map((installation) =>
    new StoreDatabases(sqliteHosting(''), { installation }).newName(2_147_483_647),
  )

  for (const name of names) assert.match(name ?? '', /^[a-z][a-z0-9_]{0,63}$/)
  assert.match(names[1] ?? '', /^distribuci_n_/)
  const stores = new StoreDatabases(sqliteHosting(''))
  assert.notEqual(stores.newName(1), stores.newName(1))
})
