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

test('what a server or SQLite refuses a store is told with what to do, whatever its code', () => {
  const told: Readonly<Record<string, RegExp>> = {
    ER_RECORD_FILE_FULL: /lleno.*libere espacio/,
    53100: /lleno.*libere espacio/,
    ER_OPTION_PREVENTS_STATEMENT: /solo se puede leer/,
    25006: /solo se puede leer/,
    ER_BAD_DB_ERROR: /ya no está en el servidor.*copy:start/,
    '3F000': /ya no está en el servidor.*copy:start/,
    ER_TABLEACCESS_DENIED_ERROR: /revise sus permisos/,
    ER_TRUNCATED_WRONG_VALUE_FOR_FIELD: /convert to character set utf8mb4/,
    ER_DATA_TOO_LONG: /ensánchela/,
  }
  for (const [code, text] of Object.entries(told))
    assert.match(storeProblem(Object.assign(new Error('x'), { code }))?.es ?? '', text, code)
  const toldBySqlite: Readonly<Record<number, RegExp>> = {
    5: /ocupada/,
    261: /ocupada/,
    8: /solo se puede leer/,
    1032: /se movió o se borró/,
    11: /dañado.*copia de seguridad/,
    14: /no pudo abrir/,
    266: /revise su disco/,
  }
  for (const [errcode, text] of Object.entries(toldBySqlite))
    assert.match(storeProblem(Object.assign(new Error('x'), { errcode: Number(errcode) }))?.es ?? '', text, errcode)
})

test('of the general error of SQLite only what is lacking is a problem of the store, and a broken rule is none', () => {
  const general = (message: string, errcode = 1) => storeProblem(Object.assign(new Error(message), { errcode }))

  for (const message of ['no such table: tat_items', 'no such column: price', 'table tat_items has no column named x'])
    assert.match(general(message)?.es ?? '', /tenants:migrate/)
  for (const message of ['near "selec": syntax error', 'duplicate column name: price', 'table "note" already exists'])
    assert.equal(general(message), undefined)
  assert.equal(general('UNIQUE constraint failed: tat_items.sku', 2067), undefined)
})

test('a full disk asks for room, not for a backup', () => {
  const problem = storeProblem(Object.assign(new Error('database or disk is full'), { errcode: 13 }))

  assert.match(problem?.es ?? '', /está lleno.*libere espacio e intente de nuevo/)
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
