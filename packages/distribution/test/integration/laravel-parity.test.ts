import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, test } from 'node:test'
import { type Locale, runCommand } from '@surtidor/queue/commands'
import { recordingTerminal } from '../../../queue/test/support/recording-terminal.ts'
import { mariadbServer, postgresServer } from '../../../queue/test/support/servers.ts'
import { temporaryFolder } from '../../../queue/test/support/temporary-folder.ts'
import { reviseStrategy, standardStrategy } from '../../src/catalog/price-strategy.ts'
import { standardRules } from '../../src/copy/copy-rules.ts'
import { expectedValues } from '../../src/copy/verify/verify-values.ts'
import { laravelParityCommand } from '../../src/laravel/laravel-parity-command.ts'
import { ParityCsv } from '../../src/laravel/parity-csv.ts'
import { asPostgres, asSqlite, originalTables } from '../support/original-database.ts'

/** Where a database of the original stands, and how it is asked past the command. */
interface Bed extends AsyncDisposable {
  readonly argument: string
  readonly password?: string
  readonly query: (sql: string) => Promise<unknown>
}

const beds: Readonly<Record<string, () => Promise<Bed>>> = {
  sqlite: onSqlite,
  ...(mariadbServer && { mariadb: onMariadb }),
  ...(postgresServer && { postgres: onPostgres }),
}

for (const [database, open] of Object.entries(beds))
  describe(`laravel:parity on ${database}`, () => {
    test('says of each product of a store what the original made of it, and why', async () => {
      await using bed = await open()
      await fill(bed, [...catalogue, ...stores])
      using folder = temporaryFolder()
      const before = await contents(bed)

      const { code, output, errors } = await parity([bed.argument, `--output=${folder.path}`], 'es', bed.password)

      assert.deepEqual([code, errors], [1, ''])
      const lines = csvLines(folder.path)
      assert.deepEqual(lines.slice(0, expectedLines.length), expectedLines)
      const ofSecond = lines.slice(expectedLines.length)
      assert.equal(
        ofSecond.filter((line) => /^2;.*;Falta;;;;La tienda no recibió ningún producto/.test(line)).length,
        17,
      )
      assert.equal(
        ofSecond.at(-1),
        '2;GENERICO;PRODUCTO GENERICO;;;Falta;;;;La copia calló que no pudo crear GENERICO;6',
      )
      assert.match(output, /^ +1 +18 +2 +2 +2 +5 +14$/m)
      assert.match(output, /^ +2 +18 +0 +18 +0 +0 +0$/m)
      assert.match(output, /^ +12 {2}TIENDA en lugar de su categoría \(defecto 8\)$/m)
      assert.deepEqual(await contents(bed), before)
    })

    test('finds nothing in a store that has what the oracle expects, and what is broken in it', async () => {
      await using bed = await open()
      await fill(bed, exactStore(2_500))
      using exact = temporaryFolder()
      using broken = temporaryFolder()

      const first = await parity([bed.argument, `--output=${exact.path}`], 'es', bed.password)
      await fill(bed, [
        'delete from tat_items where item_father_id = 2001',
        'update tat_items set price = price + 1 where item_father_id = 7',
        "insert into tat_items (id, item_father_id, company_id, sku, name) values (9000, 9000, 1, 'X', 'X')",
      ])
      const second = await parity([bed.argument, `--output=${broken.path}`], 'es', bed.password)

      assert.deepEqual([first.code, csvLines(exact.path)], [0, []], first.output)
      assert.equal(second.code, 1)
      assert.deepEqual(
        csvLines(broken.path).map((line) => line.split(';').slice(1, 6).join(' ')),
        ['SKU-7 PRODUCTO 7 7 7 Distinto', 'SKU-2001 PRODUCTO 2001 2001  Falta', 'X X 9000 9000 Sobra'],
      )
    })

    test('compares by the rules of the distributor, or by those of a file', async () => {
      await using bed = await open()
      await fill(bed, exactStore(20))
      await fill(bed, [
        'update inv_values set `values` = 7000 where itemId = 7',
        'update tat_items set cost = 7000, price = 10000 where item_father_id = 7',
        'alter table tenants add column kind varchar(16)',
        'alter table tenants add column copy_rules text',
        `insert into tenants (id, kind, name, email, db_name, copy_rules, created_at)
          values ('d', 'distributor', 'D', 'd@x.co', 'd', '${JSON.stringify({ strategy: margin40 })}', '2025-01-01 00:00:00')`,
      ])
      using folder = temporaryFolder()
      writeFileSync(join(folder.path, 'standard.json'), '{}')
      writeFileSync(join(folder.path, 'wrong.json'), '{"strateg": 1}')
      const compare = (...words: readonly string[]) => parity([bed.argument, ...words], 'es', bed.password)

      const own = await compare(`--output=${folder.path}/own`)
      const given = await compare(`--output=${folder.path}/given`, `--rules=${folder.path}/standard.json`)
      const wrong = await compare(`--output=${folder.path}/wrong`, `--rules=${folder.path}/wrong.json`)
      const missing = await compare(`--output=${folder.path}/none`, `--rules=${folder.path}/none.json`)

      assert.equal(own.code, 1)
      assert.match(own.output, /Precios según margin-40@2/)
      const reasons = csvLines(join(folder.path, 'own')).map((line) => line.split(';').slice(6, 10).join(' '))
      assert.ok(reasons.includes('price 10000 11700 Las reglas de la distribuidora son otras aquí'), reasons.join('\n'))
      assert.deepEqual([given.code, csvLines(join(folder.path, 'given'))], [0, []])
      assert.deepEqual([wrong.code, missing.code], [1, 1])
      assert.match(wrong.errors, /strateg/)
      assert.match(missing.errors, /No se puede leer .*none\.json\. .*tenants\.copy_rules/)
    })

    test('takes stores from another database, and only the one that is asked for', async () => {
      await using bed = await open()
      await using other = await open()
      await fill(bed, [...catalogue, 'drop table tat_items', 'drop table tat_categories'])
      await fill(other, [...stores, 'drop table inv_values'])
      using folder = temporaryFolder()

      const without = await parity([bed.argument, `--output=${folder.path}`], 'es', bed.password)
      const words = [bed.argument, `--store-database=${other.argument}`, '--store=1', `--output=${folder.path}`]
      const only = await parity(words, 'es', bed.password)

      assert.equal(without.code, 1)
      assert.match(without.errors, /falta tat_items, tat_categories: .*--store-database/)
      assert.deepEqual([only.code, only.errors], [1, ''])
      const lines = csvLines(folder.path)
      const ofTaxes = /;taxId;1;IVA 19 \(19 %\);El número de impuesto no dice nada en la tienda;24$/
      assert.deepEqual(
        lines.filter((line) => !ofTaxes.test(line)),
        expectedLines,
      )
      assert.ok(lines.length > expectedLines.length)
    })
  })

test('a reader of English gets the file and the summary in English', async () => {
  await using bed = await onSqlite()
  await fill(bed, [...catalogue, ...stores])
  using folder = temporaryFolder()

  const { output } = await parity([bed.argument, '--store=1', `--output=${folder.path}`], 'en')

  assert.match(output, /Stores: 1 · differences: 38, a line each in .*parity\.csv\. Prices by margin-30@1/)
  assert.match(
    readFileSync(join(folder.path, 'parity.csv'), 'utf8'),
    /^\uFEFFStore;SKU;Product;inv_items\.id;tat_items\.id;Outcome;Column;In the original;In Surtidor;Reason;Defect\r\n/,
  )
})

test('what cannot be compared is one sentence, and no file is written over', async () => {
  await using bed = await onSqlite()
  await fill(bed, [...catalogue, ...stores])
  await using empty = await onSqlite()
  using folder = temporaryFolder()
  await parity([bed.argument, `--output=${folder.path}`])
  const written = csvLines(folder.path)

  for (const [words, code, sentence] of [
    [[bed.argument, `--output=${folder.path}`], 1, /No se puede escribir parity\.csv .* ya existe/],
    [[bed.argument, '--store=99', `--output=${folder.path}/99`], 1, /La tienda 99 no está en tat_items/],
    [[bed.argument, '--store=uno'], 2, /"uno" no es un número de tienda/],
    [[bed.argument, '--store=-1'], 2, /no es un número de tienda/],
    [[empty.argument, `--output=${folder.path}/e`], 1, /ninguna tienda tiene productos/],
    [['mysql://root:hunter2@127.0.0.1/shop'], 2, /contraseña no va en la dirección/],
    [[bed.argument, '--store-database=mysql://root:hunter2@127.0.0.1/shop'], 2, /contraseña no va en la dirección/],
    [['mysql://app@127.0.0.1:1/shop'], 1, /127\.0\.0\.1:1/],
  ] as const) {
    const answer = await parity(words)

    assert.equal(answer.code, code, words.join(' '))
    assert.match(answer.errors, sentence)
    assert.doesNotMatch(answer.errors + answer.output, /hunter2/)
  }
  assert.deepEqual(csvLines(folder.path), written)
})

test('a comparison that breaks off leaves no half of a file behind', async () => {
  using folder = temporaryFolder()
  const breakOff = () => {
    using csv = new ParityCsv(folder.path, 'es')
    const finding = { companyId: 1, kind: 'missing', sourceId: 1, rowId: null, sku: 'A', name: 'A' } as const
    csv.add({ ...finding, field: null, original: null, ours: null, reason: 'LOST_WITHOUT_A_WORD' })
    throw new Error('connection lost')
  }

  assert.throws(breakOff, /connection lost/)

  assert.deepEqual(readdirSync(folder.path), [])
})

const margin40 = reviseStrategy(standardStrategy, { name: 'margin-40', marginPercent: 40 })

/** Twenty products, of which a copy here leaves out four. */
const catalogue = [
  `insert into cnf_taxes (id, name, percentage) values (1, 'IVA 19', 19), (2, 'Exento', 0), (3, 'IVA 5', 5)`,
  `insert into inv_categories (id, name, deleted_at) values (1, 'Granos', null), (2, 'Vieja', '2025-12-01 00:00:00')`,
  ...items([
    { id: 1, sku: 'A1', name: 'Exacto', categoryId: 'null' },
    { id: 2, sku: 'A2', name: 'Con categoría' },
    { id: 3, sku: 'A3', name: 'Por created_at' },
    { id: 4, sku: 'A4', name: 'Precio borrado' },
    { id: 5, sku: 'A5', name: 'De una bodega' },
    { id: 6, sku: 'A6', name: 'Bajo el costo' },
    { id: 7, sku: 'A7', name: 'Sin precio' },
    { id: 8, sku: 'A8', name: 'Nombre nuevo', updated: '2026-02-01 00:00:00' },
    { id: 9, sku: 'A9', name: 'Perdido' },
    { id: 10, sku: 'A10', name: 'Nuevo', created: '2026-03-01 00:00:00' },
    { id: 11, sku: 'A11', name: 'Inactivo', status: 0 },
    { id: 12, sku: 'A12', name: 'Doble' },
    { id: 13, sku: 'A13', name: 'Editado en la tienda' },
    { id: 14, sku: 'A14', name: 'Editado y copiado' },
    { id: 15, sku: 'A15', name: '=cmd;"fórmula"' },
    { id: 16, sku: 'REP', name: 'Repetido uno', categoryId: '2' },
    { id: 17, sku: 'REP', name: 'Repetido dos' },
    { id: 18, sku: 'GENERICO', name: 'Reservado' },
    { id: 19, sku: 'A19', name: 'Regla anterior' },
    { id: 20, sku: null, name: 'Sin código' },
  ]),
  ...[1, 2, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20].map((id) => price(id, 1000)),
  price(3, 2000, { date: '2026-01-09', created: '2025-12-01' }),
  price(3, 1500, { date: '2026-01-05', created: '2025-12-15' }),
  price(4, 700, { date: '2025-12-01', created: '2025-12-01' }),
  price(4, 900, { date: '2025-12-02', created: '2025-12-02', deleted: '2025-12-03' }),
  price(5, 700, { date: '2025-12-01', created: '2025-12-01' }),
  price(5, 800, { date: '2025-12-02', created: '2025-12-02', warehouse: 7 }),
  price(6, 104, { date: '2025-12-01', created: '2025-12-01' }),
  `insert into inv_image_gallery (itemId, img_path, type, deleted_at) values
    (2, 'una.png', 'PRINCIPAL', null), (2, 'dos.png', 'PRINCIPAL', null), (2, 'galeria.png', 'GALERIA', null)`,
]

/** What the original has made of it in store 1, with every mistake that it makes; store 2 has a user and nothing else. */
const stores = [
  `insert into tat_categories (id, company_id, name) values (1, 1, 'TIENDA'), (2, 1, 'tienda'), (3, 9, 'Ajena')`,
  ...rows([
    { father: 1, sku: 'A1', name: 'Exacto' },
    { father: 2, sku: 'A2', name: 'Con categoría', image: 'una.png' },
    { father: 3, sku: 'A3', name: 'Por created_at', cost: 1500, price: 2100 },
    { father: 4, sku: 'A4', name: 'Precio borrado', cost: 900, price: 1300 },
    { father: 5, sku: 'A5', name: 'De una bodega', cost: 800, price: 1100 },
    { father: 6, sku: 'A6', name: 'Bajo el costo', cost: 104, price: 100 },
    { father: 7, sku: 'A7', name: 'Sin precio', cost: 0, price: 0 },
    { father: 8, sku: 'A8', name: 'Nombre viejo' },
    { father: 11, sku: 'A11', name: 'Inactivo' },
    { father: 12, sku: 'A12', name: 'Doble' },
    { father: 12, sku: 'A12', name: 'Doble' },
    { father: 0, sku: 'A13', name: 'Editado por la tienda', price: 1990 },
    { father: 0, sku: 'A14', name: 'Editado y copiado' },
    { father: 14, sku: 'A14', name: 'Editado y copiado' },
    { father: 15, sku: 'A15', name: '=cmd;"fórmula"', deleted: '2026-01-10 10:00:00' },
    { father: 16, sku: 'REP', name: 'Repetido uno' },
    { father: 17, sku: 'REP', name: 'Repetido dos' },
    { father: 19, sku: 'A19', name: 'Regla anterior', price: 1300 },
    { father: 20, sku: null, name: 'Sin código' },
    { father: 0, sku: 'PROPIO', name: 'De la tienda' },
    { father: 0, sku: 'PROPIO', name: 'De la tienda' },
    { father: 0, sku: 'GENERICO', name: 'PRODUCTO GENERICO', category: 3 },
    { father: 0, sku: 'GENERICO', name: 'PRODUCTO GENERICO', category: 3 },
  ]),
  `insert into usr_profiles (id, name) values (17, 'Tienda')`,
  `insert into vnt_warehouses (id, companyId, name) values (1, 2, 'Principal')`,
  `insert into vnt_contacts (id, warehouseId, firstName) values (1, 1, 'Ana')`,
  `insert into users (id, name, email, password, profile_id, contact_id) values (1, 'Ana', 'a@b.co', 'x', 17, 1)`,
]

/** Of store 1: the lines after the titles. */
const expectedLines = readFileSync(join(import.meta.dirname, '../golden/parity-es.csv'), 'utf8')
  .split('\n')
  .slice(0, -1)

interface Item {
  readonly id: number
  readonly sku: string | null
  readonly name: string
  readonly status?: number
  readonly categoryId?: string
  readonly created?: string
  readonly updated?: string
}

function items(list: readonly Item[]): readonly string[] {
  return list.map(
    ({ id, sku, name, status = 1, categoryId = '1', created = '2025-11-01 00:00:00', updated = created }) => {
      const values = [id, text(sku), text(name), categoryId, 1, status, text(created), text(updated)].join(', ')
      return `insert into inv_items (id, sku, name, categoryId, taxId, status, created_at, updated_at) values (${values})`
    },
  )
}

interface Price {
  readonly date: string
  readonly created: string
  readonly deleted?: string
  readonly warehouse?: number
}

function price(
  id: number,
  pesos: number,
  { date, created, deleted, warehouse = 0 }: Price = { date: '2025-11-01', created: '2025-11-01' },
): string {
  const moments = [date, created, created, deleted].map((day) => text(day === undefined ? null : `${day} 08:00:00`))
  return `insert into inv_values (itemId, \`values\`, type, label, warehouseId, date, created_at, updated_at, deleted_at)
    values (${id}, ${pesos}, 'precio', 'Precio Regular', ${warehouse}, ${moments.join(', ')})`
}

interface StoredRow {
  readonly father: number
  readonly sku: string | null
  readonly name: string
  readonly cost?: number
  readonly price?: number
  readonly category?: number
  readonly image?: string
  readonly deleted?: string
}

/** As the original's copy of the tenth of January writes them: by default of a cost of 1,000. */
function rows(list: readonly StoredRow[]): readonly string[] {
  return list.map(
    ({ father, sku, name, cost = 1000, price = 1400, category = 1, image = null, deleted = null }, index) => {
      const born = '2026-01-10 10:00:00'
      const texts = [sku, name, image, born, born, deleted].map(text)
      return `insert into tat_items (id, item_father_id, company_id, taxId, categoryId, cost, price, sku, name, img_path,
      created_at, updated_at, deleted_at)
      values (${[100 + index, father, 1, 1, category, cost, price, ...texts].join(', ')})`
    },
  )
}

/** A store as the oracle says that it should be, of products that cost from nothing to thousands. */
function exactStore(products: number): readonly string[] {
  const ids = Array.from({ length: products }, (_, index) => index + 1)
  const source = ids.map((id) => `(${id}, 'SKU-${id}', 'PRODUCTO ${id}', 1, 1)`)
  const copies = ids.map((id) => {
    const basePrice = id % 3 === 0 ? id + 0.75 : id % 50
    const product = {
      id,
      sku: `SKU-${id}`,
      name: `PRODUCTO ${id}`,
      isActive: true,
      type: '',
      generic: 0,
      inventoriable: 1,
    }
    const names = { categoryId: 1, category: 'Granos', taxName: 'IVA', taxPercentage: 19, brand: null, unit: null }
    const values = expectedValues({ ...product, ...names, basePrice, image: null }, standardRules)
    assert.ok(values)
    return `(${id}, 1, '${product.sku}', '${values.name}', 1, 1, ${values.cost}, ${values.price}, ${values.status})`
  })
  const prices = ids.map((id) => `(${id}, ${id % 3 === 0 ? id + 0.75 : id % 50}, 'precio', 'Precio Regular')`)
  return [
    `insert into cnf_taxes (id, name, percentage) values (1, 'IVA', 19)`,
    `insert into inv_categories (id, name) values (1, 'Granos')`,
    `insert into inv_items (id, sku, name, categoryId, taxId) values ${source.join(', ')}`,
    `insert into inv_values (itemId, \`values\`, type, label) values ${prices.join(', ')}`,
    `insert into tat_categories (id, company_id, name) values (1, 1, 'Granos')`,
    `insert into tat_items (item_father_id, company_id, sku, name, categoryId, taxId, cost, price, status)
      values ${copies.join(', ')}, (0, 1, 'GENERICO', 'PRODUCTO GENERICO', 1, 1, 0, 0, 1)`,
  ]
}

function text(value: string | null): string {
  return value === null ? 'null' : `'${value}'`
}

async function fill({ query }: Bed, statements: readonly string[]): Promise<void> {
  for (const statement of statements) await query(statement)
}

async function contents({ query }: Bed): Promise<unknown> {
  return await Promise.all(['inv_items', 'inv_values', 'tat_items'].map((table) => query(`select * from ${table}`)))
}

function csvLines(folder: string): readonly string[] {
  return readFileSync(join(folder, 'parity.csv'), 'utf8').split('\r\n').slice(1, -1)
}

async function onSqlite(): Promise<Bed> {
  const folder = temporaryFolder()
  const argument = join(folder.path, 'original.sqlite')
  const database = new DatabaseSync(argument)
  for (const statement of originalTables) database.exec(asSqlite(statement))
  return {
    argument,
    query: async (sql) => database.prepare(sql).all(),
    [Symbol.asyncDispose]: async () => {
      database.close()
      folder[Symbol.dispose]()
    },
  }
}

async function onMariadb(): Promise<Bed> {
  const database = (await mariadbServer?.createDatabase()) ?? assert.fail('no server')
  for (const statement of originalTables) await database.query(statement)
  const { host, port, user, password, database: name } = database.settings
  return {
    password,
    argument: `mysql://${user}@${host}:${port}/${name}`,
    query: database.query,
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  }
}

async function onPostgres(): Promise<Bed> {
  const database = (await postgresServer?.createDatabase()) ?? assert.fail('no server')
  const query = (sql: string) => database.query(asPostgres(sql))
  for (const statement of originalTables) await query(statement)
  const { host, port, user, password, database: name } = database.settings
  return {
    password,
    argument: `postgres://${user}@${host}:${port}/${name}`,
    query,
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  }
}

async function parity(words: readonly string[], locale: Locale = 'es', password = '') {
  const terminal = recordingTerminal(locale)
  const command = laravelParityCommand({ database: { driver: 'sqlite', path: '/nowhere.sqlite' }, password })
  const program = { name: './surtidor', summary: { es: 'Pruebas', en: 'Tests' }, commands: [command] }
  const code = await runCommand(program, ['laravel:parity', ...words], terminal)
  return { code, output: terminal.output.join('\n'), errors: terminal.errors.join('\n') }
}
