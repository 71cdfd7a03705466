import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { mariadbServer, type TestDatabase } from '../../../queue/test/support/servers.ts'
import { Installation } from './installation.ts'
import { furtherOriginalTables, originalTables } from './original-database.ts'

export const distributorId = '0b5b0f4e-52a5-4a43-9f16-0d6c4fd0b001'

/** A database of the original application as Laravel makes it, with what its mistakes have left in it. */
export async function originalDatabase(rows: readonly string[] = originalRows): Promise<TestDatabase> {
  const database = (await mariadbServer?.createDatabase()) ?? assert.fail('no server')
  for (const statement of [...originalTables, ...furtherOriginalTables, ...rows]) await database.query(statement)
  return database
}

/** An installation whose settings are the application's own. */
export function installationOn(
  { settings }: Pick<TestDatabase, 'settings'>,
  more: Readonly<Record<string, string>> = {},
): Installation {
  return new Installation({
    DB_CONNECTION: 'mariadb',
    DB_HOST: settings.host,
    DB_PORT: String(settings.port),
    DB_DATABASE: settings.database,
    DB_USERNAME: settings.user,
    DB_PASSWORD: settings.password,
    ...more,
  })
}

const born = `'2025-12-20 10:00:00'`

/**
 * Stores 2, 4 and 5 of one distributor, and a tenant that is neither; 5 has no tenant and no products yet. Their databases have names
 * that nobody else gives to one on the server of the tests: a store would be looked for there.
 */
export const originalRows: readonly string[] = [
  `insert into usr_profiles (id, name, created_at) values 
    (1, 'Super', ${born}), (2, 'Admin', ${born}), (4, 'Vende', ${born}), (13, 'Lleva', ${born}), (17, 'TIENDA TAT', ${born})`,
  `insert into vnt_companies (id, businessName, billingEmail, identification, typeIdentificationId, type, created_at) values
    (1, 'Distribuidora Sol', 'sol@x.co', '900123456', 2, 'CLIENTE', ${born}),
    (2, 'Tienda La 45', 'la45@x.co', '1001', 1, 'CLIENTE', ${born}),
    (3, 'Cliente sin usuario', 'la45@x.co', '1001', 1, 'CLIENTE', ${born}),
    (4, 'Tienda Norte', null, '1004', 1, 'CLIENTE', ${born}),
    (5, 'Tienda Sur', 'sur@x.co', '1005', 1, 'CLIENTE', ${born})`,
  `insert into vnt_warehouses (id, companyId, name, main, created_at) values
    (1, 1, 'Principal', 1, ${born}), (2, 2, 'Principal', 1, ${born}), (3, 3, 'Principal', 1, ${born}),
    (4, 4, 'Principal', 1, ${born}), (5, 5, 'Principal', 1, ${born})`,
  `insert into vnt_contacts (id, warehouseId, firstName, email, created_at) values
    (1, 1, 'Sol', 'sol@x.co', ${born}), (2, 2, 'Ana', 'la45@x.co', ${born}), (3, 3, 'Luz', null, ${born}),
    (4, 4, 'Nora', 'norte@x.co', ${born}), (5, 5, 'Saul', 'sur@x.co', ${born})`,
  `insert into users (id, name, email, password, profile_id, contact_id, created_at) values
    (1, 'Sol', 'sol@x.co', '$2y$12$abc', 2, 1, ${born}), (2, 'Ana', 'la45@x.co', '$2y$12$def', 17, 2, ${born}),
    (4, 'Nora', 'norte@x.co', '$2y$12$ghi', 17, 4, ${born}), (5, 'Saul', 'sur@x.co', '$2y$12$jkl', 17, 5, ${born})`,
  `insert into tenants (id, name, email, db_name, db_user, db_password, db_host, db_port, database_setup, company_id, created_at) values
    ('00000000-0000-4000-8000-000000000009', 'De prueba', 'prueba@x.co', 'of_no_test_9', 'app', 'hunter2-9', '127.0.0.1', '3306', 0, 9, '2024-01-01'),
    ('${distributorId}', 'Distribuidora Sol', 'sol@x.co', 'of_no_test_1', 'app', 'hunter2-1', '127.0.0.1', '3306', 1, 1, '2025-01-01'),
    ('00000000-0000-4000-8000-000000000002', 'Tienda La 45', 'la45@x.co', 'of_no_test_2', 'app', 'hunter2-2', '127.0.0.1', '3306', 1, 2, ${born}),
    ('00000000-0000-4000-8000-000000000004', 'Tienda Norte', 'norte@x.co', 'of_no_test_4', 'app', 'hunter2-4', '127.0.0.1', '3306', 1, 4, ${born})`,
  `insert into user_tenants (user_id, tenant_id, created_at) values
    (1, '${distributorId}', ${born}), (2, '${distributorId}', ${born}), (4, '${distributorId}', ${born}), (5, '${distributorId}', ${born})`,
  `insert into cnf_taxes (id, name, percentage, created_at) values (1, 'IVA 19', 19, ${born}), (2, 'Exento', 0, ${born})`,
  `insert into inv_categories (id, name, created_at) values (1, 'Granos', ${born}), (2, 'Aseo', ${born}), (3, 'Aseo', ${born})`,
  ...catalogue(),
  ...storeRows(2),
  ...storeRows(4),
]

/** Forty products: two with one SKU, one without, one that is off, one deleted, some without a price. */
function catalogue(): readonly string[] {
  const ids = Array.from({ length: 40 }, (_, index) => index + 1)
  const sku = (id: number) => (id === 38 ? 'null' : `'${id === 40 ? 'SKU-39' : `SKU-${id}`}'`)
  const items = ids.map(
    (id) =>
      `(${id}, ${sku(id)}, 'PRODUCTO ${id}', ${(id % 3) + 1}, ${(id % 2) + 1}, ${id === 36 ? 0 : 1}, ${born}, ${id === 37 ? born : 'null'})`,
  )
  const prices = ids
    .filter((id) => id % 13 !== 0)
    .map((id) => `(${id}, ${id * 700}, 'precio', 'Precio Regular', 0, ${born}, ${born}, ${born})`)
  return [
    `insert into inv_items (id, sku, name, categoryId, taxId, status, created_at, deleted_at) values ${items.join(', ')}`,
    `insert into inv_values (itemId, \`values\`, type, label, warehouseId, date, created_at, updated_at) values ${prices.join(', ')}`,
    `insert into inv_image_gallery (itemId, img_path, type, created_at) values (1, 'uno.png', 'PRINCIPAL', ${born})`,
  ]
}

/** What the original's copies and the store itself have made of it, mistakes included. */
export function storeRows(companyId: number): readonly string[] {
  const row = (father: number, sku: string, values: string) =>
    `(${father}, ${companyId}, '${sku}', 'PRODUCTO ${father}', 1, ${companyId * 10}, ${values}, ${born}, ${father === 6 ? born : 'null'})`
  const rows = [
    row(1, 'SKU-1', '3, 700, 1000'),
    row(2, 'SKU-2', '0, 1400, 2000'),
    // The store has set this price.
    row(3, 'SKU-3', '5, 2100, 3950'),
    // Twice, and one that was edited, which cut its link; then one that was copied as deleted.
    row(4, 'SKU-4', '0, 2800, 4000'),
    row(4, 'SKU-4', '0, 2800, 4000'),
    row(0, 'SKU-5', '7, 3500, 5150'),
    row(6, 'SKU-6', '0, 4200, 6000'),
    row(0, 'PROPIO', '1, 100, 200'),
    row(0, 'propio', '1, 100, 200'),
    row(0, 'PROPIO', '1, 100, 200'),
    row(0, 'GENERICO', '999999, 0, 0'),
    row(0, 'GENERICO', '999999, 0, 0'),
  ]
  return [
    `insert into tat_categories (id, company_id, name, created_at) values
      (${companyId * 10}, ${companyId}, 'TIENDA', ${born}), (${companyId * 10 + 1}, ${companyId}, 'TIENDA', ${born})`,
    `insert into tat_items (item_father_id, company_id, sku, name, taxId, categoryId, stock, cost, price, created_at, deleted_at)
      values ${rows.join(', ')}`,
    // A product without a SKU was copied without one, and deleted by the store; one of its own has none either.
    `insert into tat_items (item_father_id, company_id, name, cost, price, created_at, deleted_at)
      values (38, ${companyId}, 'PRODUCTO 38', 0, 0, ${born}, '2026-01-02 10:00:00'), (0, ${companyId}, 'PROPIO', 1, 2, ${born}, null)`,
  ]
}

/** What the application writes day by day, in its own columns only; each kind of row that registering and selling make. */
export const laterWrites: readonly string[] = [
  `insert into vnt_companies (businessName, identification, typeIdentificationId, type) values ('Nueva', '1777', 1, 'CLIENTE')`,
  `insert into vnt_companies (businessName, identification, typeIdentificationId, type) values ('Otra', '1777', 1, 'CLIENTE')`,
  `insert into vnt_warehouses (companyId, name, main) values (1, 'Bodega', 0)`,
  `insert into vnt_contacts (warehouseId, firstName) values (1, 'Nuevo')`,
  `insert into users (name, email, password, contact_id) values ('Nuevo', 'nuevo@x.co', 'x', 1)`,
  `insert into tenants (id, name, email, db_name, company_id) values ('t-5', 'Tienda Sur', 'sur@x.co', 'company_5', 5)`,
  `insert into user_tenants (user_id, tenant_id) values (1, 't-5')`,
  `insert into cnf_taxes (name, percentage) values ('IVA 5', 5)`,
  `insert into inv_categories (name) values ('Granos'), ('Nueva')`,
  `insert into inv_item_brand (name) values ('Marca'), ('Marca')`,
  `insert into inv_items (id, sku, name, categoryId, taxId) values (51, 'SKU-51', 'NUEVO', 1, 1), (52, 'SKU-51', 'NUEVO', 1, 1)`,
  `insert into inv_values (itemId, \`values\`, type, label, warehouseId) values (51, 700, 'precio', 'Precio Regular', 0)`,
  `insert into inv_image_gallery (itemId, img_path, type) values (51, 'x.png', 'PRINCIPAL')`,
  `insert into tat_routes (name) values ('Ruta')`,
  `insert into tat_companies_routes (company_id, route_id, sales_order) values (1, 1, 1), (1, 1, 2)`,
  `insert into tat_categories (company_id, name) values (2, 'TIENDA'), (2, 'TIENDA')`,
  `insert into tat_items (item_father_id, company_id, sku, name, cost, price) values (51, 2, 'SKU-51', 'NUEVO', 700, 1000)`,
  `insert into tat_restock_list (itemId, company_id, quantity_request) values (1, 2, 3), (1, 2, 3)`,
  `update tat_items set item_father_id = 0, price = 1250 where item_father_id = 2 and company_id = 2`,
  `delete from tat_items where sku = 'propio' collate utf8mb4_bin`,
]

/** The tables that the original has, each with its columns as the database describes them. */
export async function shapeOf({ settings, query }: TestDatabase) {
  const rows = await query(
    `select table_name as "table", column_name as "column", column_type as type, is_nullable as nullable,
       collation_name as collation, extra as extra
     from information_schema.columns where table_schema = '${settings.database}' order by table_name, ordinal_position`,
  )
  return Map.groupBy(rows, ({ table }) => String(table))
}

export type OriginalShape = Awaited<ReturnType<typeof shapeOf>>

/** Every row in the columns of the shape, and those columns as they are now. */
export async function contentsOf(database: TestDatabase, shape: OriginalShape) {
  const now = await shapeOf(database)
  const tables: Record<string, unknown> = {}
  for (const [table, columns] of shape) {
    const names = columns.map(({ column }) => `\`${column}\``).join(', ')
    const known = new Set(columns.map(({ column }) => column))
    tables[table] = {
      columns: now.get(table)?.filter(({ column }) => known.has(column)),
      rows: await database.query(`select ${names} from ${table} order by 1`),
    }
  }
  return tables
}

/** Commands that have to succeed, and show no password of the original. */
export async function runAll(installation: Installation, ...commands: readonly (readonly string[])[]): Promise<void> {
  for (const words of commands) {
    const { code, output, errors } = await installation.run(...words)
    assert.equal(code, 0, `${words.join(' ')}\n${output}\n${errors}`)
    assert.doesNotMatch(output + errors, /hunter2/)
  }
}

/** A script as a person would have the database's client run it. */
export async function runScript({ query }: TestDatabase, path: string): Promise<void> {
  for (const line of readFileSync(path, 'utf8').split('\n')) if (line !== '') await query(line)
}
