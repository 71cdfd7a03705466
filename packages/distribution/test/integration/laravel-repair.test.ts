import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { runCommand } from '@surtidor/queue/commands'
import { recordingTerminal } from '../../../queue/test/support/recording-terminal.ts'
import { mariadbServer, type TestDatabase } from '../../../queue/test/support/servers.ts'
import { temporaryFolder } from '../../../queue/test/support/temporary-folder.ts'
import { laravelRepairCommand } from '../../src/laravel/laravel-repair-command.ts'

/** Tables of the original application with what its defects left behind, in the SQL of any database. */
const dirtyStore = (column: string) => [
  'create table tat_categories (id integer primary key, company_id integer, name varchar(255), status integer)',
  `insert into tat_categories values (1, 1, 'TIENDA', 1), (2, 1, 'tienda ', 1), (3, 1, 'Lácteos', 1), (4, 2, 'TIENDA', 1)`,
  `create table tat_items (id integer primary key, item_father_id integer, company_id integer, sku varchar(255),
    ${column} integer, status integer, created_at varchar(19), deleted_at varchar(19))`,
  `insert into tat_items values
    (1, 0, 1, 'ARROZ', 1, 1, '2025-12-20 10:00:00', null),
    (2, 0, 1, 'PROPIO', 3, 1, '2025-12-20 10:00:00', null),
    (3, 0, 1, 'GENERICO', 1, 1, '2025-12-20 10:00:00', null),
    (4, 0, 1, 'GENERICO', 2, 0, '2025-12-20 10:00:00', null),
    (5, 11, 1, 'SAL', 2, 1, '2025-12-20 10:00:00', null),
    (6, 11, 1, 'SAL; drop table x -- ''ñ', 2, 1, '2025-12-20 10:00:00', null),
    (7, 10, 2, 'ARROZ', 4, 1, '2025-12-20 10:00:00', '2025-12-20 10:00:00'),
    (8, 0, 2, 'ARROZ', 4, 1, '2025-12-20 10:00:00', null),
    (9, 0, 1, 'DOBLE', 3, 1, '2025-12-20 10:00:00', null),
    (10, null, 2, 'MIEL', 4, 1, '2025-12-20 10:00:00', null),
    (11, 0, 2, null, 4, 1, '2025-12-20 10:00:00', null),
    (12, 0, 2, null, 4, 1, '2025-12-20 10:00:00', null),
    (13, 15, 2, null, 4, 1, '2025-12-20 10:00:00', null),
    (14, 15, 2, null, 4, 1, '2025-12-20 10:00:00', null)`,
  'create table inv_items (id integer primary key, sku varchar(255))',
  `insert into inv_items values (10, 'ARROZ'), (11, 'SAL'), (12, 'DOBLE'), (13, 'DOBLE'), (14, 'MIEL'), (15, null)`,
]

const mended = {
  categories: ['1 TIENDA 1', '2 tienda  (2) 0', '3 Lácteos 1', '4 TIENDA 1'],
  items: [
    '1 10 ARROZ 1 1 null',
    '2 0 PROPIO 3 1 null',
    '3 0 GENERICO 1 1 null',
    '4 0 GENERICO (4) 1 0 null',
    '5 11 SAL 1 1 null',
    `6 0 SAL; drop table x -- 'ñ (6) 1 0 null`,
    '7 10 ARROZ 4 1 null',
    '8 0 ARROZ 4 1 null',
    '9 0 DOBLE 3 1 null',
    '10 14 MIEL 4 1 null',
    // Products without a SKU have nothing in common by that; one that was copied twice is there once.
    '11 0 null 4 1 null',
    '12 0 null 4 1 null',
    '13 15 null 4 1 null',
    '14 0 null 4 0 null',
  ],
}

type Query = (
  sql: string,
) => readonly Readonly<Record<string, unknown>>[] | Promise<readonly Readonly<Record<string, unknown>>[]>

async function contents(query: Query, column: string) {
  const lines = async (sql: string) => (await query(sql)).map((row) => Object.values(row).map(String).join(' '))
  return {
    categories: await lines('select id, name, status from tat_categories order by id'),
    items: await lines(`select id, item_father_id, sku, ${column}, status, deleted_at from tat_items order by id`),
  }
}

test('laravel:repair writes how to mend a store and how to take it back, and changes nothing itself', async () => {
  using folder = temporaryFolder()
  const path = join(folder.path, 'laravel.sqlite')
  using database = new DatabaseSync(path)
  for (const statement of dirtyStore('categoryId')) database.exec(statement)
  const query: Query = (sql) => database.prepare(sql).all() as Readonly<Record<string, unknown>>[]
  const before = await contents(query, 'categoryId')

  const { code, output } = await repair([path, `--output=${folder.path}`])
  const untouched = await contents(query, 'categoryId')
  const [forward, backward] = scripts(folder.path)
  for (let times = 0; times < 2; times += 1) database.exec(forward)
  const after = await contents(query, 'categoryId')
  for (let times = 0; times < 2; times += 1) database.exec(backward)

  assert.equal(code, 0)
  assert.match(output, /SOURCE_LINK_LOST {2}2 {2}/)
  assert.deepEqual(untouched, before)
  assert.deepEqual(after, mended)
  assert.deepEqual(await contents(query, 'categoryId'), before)
})

test('laravel:repair proposes the same on MariaDB', { skip: mariadbServer === undefined }, async () => {
  using folder = temporaryFolder()
  await using database: TestDatabase = (await mariadbServer?.createDatabase()) ?? assert.fail('no server')
  for (const statement of dirtyStore('`categoryId`')) await database.query(statement)
  const before = await contents(database.query, '`categoryId`')
  const { host, port, user, database: name } = database.settings

  await repair([`mysql://${user}@${host}:${port}/${name}`, `--output=${folder.path}`])
  const [forward, backward] = scripts(folder.path)
  await runAll(database, forward)
  const after = await contents(database.query, '`categoryId`')
  await runAll(database, backward)

  assert.deepEqual(after, mended)
  assert.deepEqual(await contents(database.query, '`categoryId`'), before)
})

test('a row that somebody changed meanwhile is left as it is, and files that are there are kept', async () => {
  using folder = temporaryFolder()
  const path = join(folder.path, 'laravel.sqlite')
  using database = new DatabaseSync(path)
  for (const statement of dirtyStore('categoryId')) database.exec(statement)
  await repair([path, `--output=${folder.path}`])
  const [forward] = scripts(folder.path)
  database.exec(`update tat_items set sku = 'VENDIDO' where id = 6`)

  const again = await repair([path, `--output=${folder.path}`])
  database.exec(forward)

  assert.equal(again.code, 1)
  assert.match(again.errors, /ya existen/)
  assert.equal(database.prepare('select sku from tat_items where id = 6').get()?.sku, 'VENDIDO')
})

function scripts(folder: string): readonly [string, string] {
  return [readFileSync(join(folder, 'repair.sql'), 'utf8'), readFileSync(join(folder, 'repair-undo.sql'), 'utf8')]
}

async function runAll(database: TestDatabase, script: string): Promise<void> {
  for (const line of script.split('\n').filter((each) => each !== '')) await database.query(line)
}

async function repair(words: readonly string[]) {
  const terminal = recordingTerminal('es')
  const command = laravelRepairCommand({ database: { driver: 'sqlite', path: '/nowhere.sqlite' }, password: '' })
  const program = { name: './surtidor', summary: { es: 'Pruebas', en: 'Tests' }, commands: [command] }
  const code = await runCommand(program, ['laravel:repair', ...words], terminal)
  return { code, output: terminal.output.join('\n'), errors: terminal.errors.join('\n') }
}
