import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { type Locale, runCommand } from '@surtidor/queue/commands'
import { recordingTerminal } from '../../../queue/test/support/recording-terminal.ts'
import { mariadbServer, type TestDatabase } from '../../../queue/test/support/servers.ts'
import { laravelInspectCommand } from '../../src/laravel/laravel-inspect-command.ts'
import { Installation } from '../support/installation.ts'

/** Tables of the original application with what its defects left behind, in the SQL of any database. */
const dirtyShop = [
  'create table tat_categories (id integer primary key, company_id integer, name varchar(255))',
  `insert into tat_categories values
    (1, 1, 'TIENDA'), (2, 1, 'tienda '), (3, 1, 'Lacteos'), (4, 2, 'TIENDA'), (5, 3, 'TIENDA'), (6, 3, 'TIENDA')`,
  `create table tat_items (id integer primary key, item_father_id integer, company_id integer, sku varchar(255),
    name varchar(255), cost integer, price integer, created_at varchar(19), deleted_at varchar(19))`,
  `insert into tat_items values
    (1, 0, 1, 'ARROZ', 'Secreto', 100, 200, '2025-12-20 10:00:00', null),
    (2, 0, 1, 'PROPIO', 'Secreto', 100, 200, '2025-12-20 10:00:00', null),
    (3, 0, 1, 'GENERICO', 'Secreto', 0, 0, '2025-12-20 10:00:00', null),
    (4, 0, 1, 'GENERICO', 'Secreto', 0, 0, '2025-12-20 10:00:00', null),
    (5, 11, 1, 'SAL', 'Secreto', 100, 200, '2025-12-20 10:00:00', null),
    (6, 11, 1, 'SAL', 'Secreto', 100, 90, '2025-12-20 10:00:00', null),
    (7, 99, 2, 'AZUCAR', 'Secreto', 100, 200, '2025-12-20 10:00:00', '2025-12-20 10:00:00')`,
  'create table inv_items (id integer primary key, sku varchar(255), status integer, deleted_at varchar(19))',
  `insert into inv_items values (10, 'ARROZ', 1, null), (11, 'SAL', 1, null), (12, 'SAL', 1, null), (13, 'VIEJO', 0, null)`,
  'create table inv_values (id integer primary key, NAME_ITEM_ID integer, label varchar(32))',
  `insert into inv_values values (1, 10, 'Precio Regular'), (2, 11, 'Costo'), (3, 12, 'Precio Regular')`,
  'create table usr_profiles (id integer primary key, name varchar(255))',
  `insert into usr_profiles values (1, 'Super administrador')`,
  'create table vnt_contacts (id integer primary key)',
  'insert into vnt_contacts values (1)',
  'create table users (id integer primary key, email varchar(255), profile_id integer, contact_id integer)',
  `insert into users values (1, 'secreto@example.co', 17, 1), (2, 'secreto@example.co', 17, 7), (3, 'x', 1, null)`,
  'create table vnt_companies (id integer primary key, identification varchar(15), deleted_at varchar(19))',
  `insert into vnt_companies values (1, '900123456', null), (2, '900123456', null), (3, '800', null)`,
]

/** `CODE count example`. */
const expected = [
  'COPY_DELETED_AT_BIRTH 1 7',
  'COPY_REPEATED 1 5',
  'IDENTIFICATION_REPEATED 1 1',
  'OWN_SKU_REPEATED 1 3',
  'PRICE_BELOW_COST 1 6',
  'PRODUCT_WITHOUT_PRICE 1 11',
  'PRODUCT_WITHOUT_SOURCE 2 1',
  'SKU_REPEATED 1 11',
  'SOURCE_GONE 1 7',
  'SOURCE_LINK_LOST 1 1',
  'STORE_PROFILE_MISSING 1 undefined',
  'STORE_USER_WITHOUT_CONTACT 1 2',
  'TIENDA_CATEGORY_REPEATED 2 1',
]

test('laravel:inspect finds what the original application left in its tables, and changes nothing', async () => {
  using installation = new Installation()
  const path = installation.path('laravel.sqlite')
  fill(path, dirtyShop)
  const before = digest(path)

  const { code, output } = await inspect([path, '--json'])

  assert.equal(code, 1)
  assert.deepEqual(shopFindings(output), expected)
  assert.doesNotMatch(output, /secreto/i)
  assert.equal(digest(path), before)
})

test('laravel:inspect finds the same on MariaDB', { skip: mariadbServer === undefined }, async () => {
  await using database = (await mariadbServer?.createDatabase()) ?? assert.fail('no server')
  for (const statement of dirtyShop) await database.query(statement.replace('NAME_ITEM_ID', '`itemId`'))
  const { host, port, user, password, database: name } = database.settings

  const { code, output } = await inspect([`mysql://${user}@${host}:${port}/${name}`, '--json'], { password })

  assert.equal(code, 1)
  assert.deepEqual(shopFindings(output), expected)
})

test('a user who may only read needs DB_PASSWORD, which is never shown', {
  skip: mariadbServer === undefined,
}, async () => {
  await using database = (await mariadbServer?.createDatabase()) ?? assert.fail('no server')
  for (const statement of dirtyShop) await database.query(statement.replace('NAME_ITEM_ID', '`itemId`'))
  const { host, port, database: name } = database.settings
  await using reader = await onlyReader(database)
  const argument = `mysql://${reader.user}@${host}:${port}/${name}`

  const right = await inspect([argument, '--json'], { password: reader.password })
  const wrong = await inspect([argument], { password: 'hunter2' })

  assert.deepEqual(shopFindings(right.output), expected)
  assert.ok(!right.output.includes(reader.password))
  assert.deepEqual([wrong.code, wrong.output], [1, ''])
  assert.match(wrong.errors, /refuses the user or the password/)
  assert.doesNotMatch(wrong.errors, /hunter2/)
})

test('./surtidor laravel:inspect says of a new installation with a store in it that there is no problem', async () => {
  using installation = new Installation({ APP_LOCALE: 'en' })
  await installation.run('migrate')
  await installation.run('store:create', '--name=La 45', '--identification=1023456', '--email=a@b.co')

  const { code, output, errors } = await installation.run('laravel:inspect')

  assert.deepEqual([code, errors], [0, ''])
  assert.match(output, /INFO {6}JOB_HANDLED {2}jobs\.payload job=CopyProductsToClientJob count=1 exampleId=1/)
  assert.match(output, /Problems: 0 · warnings: 0 · notes: \d+\. Nothing was changed\./)
})

test('a person reads the findings in their language, the worst first', async () => {
  using installation = new Installation()
  const path = installation.path('laravel.sqlite')
  fill(path, dirtyShop)

  const spanish = await inspect([path], { locale: 'es' })
  const english = await inspect([path], { locale: 'en' })

  assert.match(
    spanish.output,
    /PROBLEMA {2}TIENDA_CATEGORY_REPEATED {2}tat_categories\.name count=2 exampleId=1\n {6}Tiendas con/,
  )
  assert.match(
    english.output,
    /PROBLEM {3}TIENDA_CATEGORY_REPEATED {2}tat_categories\.name count=2 exampleId=1\n {6}Stores with/,
  )
  const labels = [...english.output.matchAll(/^ {2}(PROBLEM|WARNING|INFO) /gm)].map(([, label]) => label)
  assert.deepEqual(
    labels,
    labels.toSorted((a = '', b = '') => order.indexOf(a) - order.indexOf(b)),
  )
})

for (const [argument, sentence] of [
  ['mysql://root:hunter2@127.0.0.1/shop', /password does not belong/],
  ['postgres://app:hunter2@127.0.0.1:5432/shop', /password does not belong/],
  ['mysql://root:hunter2/x@127.0.0.1/shop', /password does not belong/],
  ['mysql://app@127.0.0.1/shop?password=hunter2', /password does not belong/],
  ['root:hunter2@127.0.0.1', /cannot be understood/],
  ['mysql:root:hunter2@127.0.0.1', /cannot be understood/],
  ['mysql://app@127.0.0.1', /cannot be understood/],
  ['mysql://127.0.0.1/shop', /cannot be understood/],
  ['mysql://app@127.0.0.1:99999/shop', /cannot be understood/],
  ['mysql://app@127.0.0.1/%zz', /cannot be understood/],
  ['mysql://app@127.0.0.1/shop#hunter2', /cannot be understood/],
  ['sqlserver://app@127.0.0.1/shop', /sqlserver:\/\/ is no database/],
  ['', /cannot be understood/],
  ['a\u0007b', /cannot be understood/],
  ['a'.repeat(3_000), /cannot be understood/],
] as const) {
  test(`${JSON.stringify(argument.slice(0, 50))} is wrong usage, and no password is shown`, async () => {
    const { code, output, errors } = await inspect([argument])

    assert.deepEqual([code, output], [2, ''])
    assert.match(errors, sentence)
    assert.doesNotMatch(errors, /hunter2/)
    assert.equal(errors.split('\n').length, 1)
  })
}

test('a file that is not there, a folder, what is no database and a server that is away are one sentence, exit 1', async () => {
  using installation = new Installation()
  writeFileSync(installation.path('notes.txt'), 'no database '.repeat(100))

  for (const [argument, sentence] of [
    [installation.path('missing.sqlite'), /There is no file to look at in .*missing\.sqlite/],
    [installation.folder, /There is no file to look at/],
    [installation.path('a'.repeat(300)), /There is no file to look at/],
    [installation.path('notes.txt'), /not a SQLite database/],
    ['mysql://app@127.0.0.1:1/shop', /shop at 127\.0\.0\.1:1 cannot be used: nothing answers/],
    ['postgres://app@127.0.0.1:1/shop', /shop at 127\.0\.0\.1:1 cannot be used: nothing answers/],
  ] as const) {
    const { code, output, errors } = await inspect([argument])

    assert.deepEqual([code, output], [1, ''], argument)
    assert.match(errors, sentence)
    assert.equal(errors.split('\n').length, 1)
  }
})

async function onlyReader({ settings, query }: TestDatabase) {
  const [user, password] = [settings.database.slice(-20), 'a reader’s: password@1']
  await query(`create user '${user}'@'%' identified by '${password}'`)
  await query(`grant select on ${settings.database}.* to '${user}'@'%'`)
  return {
    user,
    password,
    [Symbol.asyncDispose]: async () => void (await query(`drop user '${user}'@'%'`)),
  }
}

const order = ['PROBLEM', 'WARNING', 'INFO']

async function inspect(
  words: readonly string[],
  { locale = 'en', password = '' }: { readonly locale?: Locale; readonly password?: string } = {},
) {
  const terminal = recordingTerminal(locale)
  const command = laravelInspectCommand({
    database: { driver: 'sqlite', path: '/nowhere.sqlite' },
    password,
    queue: {},
  })
  const summary = { es: 'Pruebas', en: 'Tests' }
  const program = { name: './surtidor', summary, commands: [command] }
  const code = await runCommand(program, ['laravel:inspect', ...words], terminal)
  return { code, output: terminal.output.join('\n'), errors: terminal.errors.join('\n') }
}

/** Those of the tables of the shop, as `CODE count example`. */
function shopFindings(output: string): readonly string[] {
  const { findings }: { findings: { code: string; facts: Record<string, unknown> }[] } = JSON.parse(output)
  return findings
    .filter(({ code, facts }) => code === 'CHECK_NOT_DONE' || /^(tat|inv|usr|users|vnt)/.test(String(facts.table)))
    .map(({ code, facts }) => `${code} ${facts.count} ${facts.exampleId}`)
    .toSorted()
}

function fill(path: string, statements: readonly string[]): void {
  const database = new DatabaseSync(path)
  for (const statement of statements) database.exec(statement.replace('NAME_ITEM_ID', '"itemId"'))
  database.close()
}

function digest(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex')
}
