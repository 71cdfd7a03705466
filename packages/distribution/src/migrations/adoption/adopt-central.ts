import { randomUUID } from 'node:crypto'
import { type Kysely, sql } from 'kysely'
import { dialectOf } from '../../database/dialect.ts'
import { addMissingColumns } from './add-missing-columns.ts'
import { type AdoptedTables, readAdoptedTables, recordAdoptedTables } from './adopted-tables.ts'
import { AdoptingPlugin } from './adopting-plugin.ts'
import { AdoptionRefusedError, OriginalDatabaseError } from './adoption-errors.ts'
import { alone } from './alone.ts'
import { chooseDistributor } from './choose-distributor.ts'
import { readShape, type Shape } from './mysql-shape.ts'
import type { PlannedTables } from './planned-tables.ts'
import { addIndex, stampNewRows } from './prepare-table.ts'

export interface AdoptionOptions {
  /** Take over a database of the original application; else it is refused. */
  readonly adopts?: boolean | undefined
  /** The tenant whose catalogue it holds, where that cannot be told. */
  readonly distributorId?: string | undefined
}

export interface AdoptedCentral extends AdoptedTables {
  readonly distributorId: string
  readonly plugin: AdoptingPlugin
}

/** What our migrations make; the original has what is a store's in the same database. */
export interface OwnTables {
  readonly central: PlannedTables
  readonly stores: PlannedTables
}

/**
 * Makes a database of the original application ready for our migrations, which are to run with the plugin; undefined when it
 * is none. Each step may be run again. Throws `OriginalDatabaseError` and `AdoptionRefusedError`.
 */
export async function prepareCentralAdoption<Tables>(
  db: Kysely<Tables>,
  planned: OwnTables,
  options: AdoptionOptions,
): Promise<AdoptedCentral | undefined> {
  if (dialectOf(db) !== 'mysql') return undefined
  if (!(await readAdoptedTables(db)) && !isOriginal(await readShape(db))) return undefined
  return alone(db, (connection) => prepare(connection, planned, options))
}

async function prepare<Tables>(
  db: Kysely<Tables>,
  planned: OwnTables,
  options: AdoptionOptions,
): Promise<AdoptedCentral | undefined> {
  const adopted = (await readAdoptedTables(db)) ?? (await beginAdoption(db, planned, options))
  // A store's database has no distributor.
  if (adopted.distributorId === null) return undefined
  const { names, distributorId } = adopted
  const before = await readShape(db)
  for (const table of names) await stampNewRows(db, before, table)
  await addMissingColumns(db, before, { adopted, planned: planned.central })
  const shape = await readShape(db)
  await addIndex(db, shape, latestPrice)
  await addIndex(db, shape, principalImage)
  return { names, distributorId, plugin: new AdoptingPlugin(shape, adopted) }
}

/** As our own migrations make them: the copy looks for the price and the image of each product. */
const latestPrice = {
  table: 'inv_values',
  name: 'inv_values_latest_index',
  columns: ['itemId', 'label', 'date', 'updated_at', 'id'],
} as const

const principalImage = {
  table: 'inv_image_gallery',
  name: 'inv_image_gallery_item_index',
  columns: ['itemId', 'type'],
} as const

async function beginAdoption<Tables>(
  db: Kysely<Tables>,
  { central, stores }: OwnTables,
  { adopts = false, distributorId }: AdoptionOptions,
): Promise<AdoptedTables> {
  const shape = await readShape(db)
  if (!adopts) throw new OriginalDatabaseError()
  const names = new Set([...central.keys(), ...stores.keys()].filter((name) => shape.has(name)))
  refuseUnsafe(shape, names)
  const chosen = await chooseDistributor(db, distributorId)
  const adopted = { names, distributorId: chosen ?? (await addDistributor(db)) }
  await recordAdoptedTables(db, adopted)
  return adopted
}

/** What only the original has, and ours have not: the tables of another application are refused elsewhere. */
const marks: Readonly<Record<string, readonly string[]>> = {
  tenants: ['id', 'name', 'email', 'db_name', 'db_password'],
  users: ['id', 'email', 'profile_id', 'contact_id'],
  usr_profiles: ['id', 'name'],
  vnt_companies: ['id', 'identification'],
  vnt_warehouses: ['id', 'companyId'],
  vnt_contacts: ['id', 'warehouseId'],
  inv_items: ['id', 'sku', 'name', 'categoryId', 'taxId', 'status'],
  inv_values: ['id', 'itemId', 'values', 'label', 'updated_at', 'date'],
  inv_image_gallery: ['id', 'itemId', 'img_path', 'type'],
}

function isOriginal(shape: Shape): boolean {
  if (shape.has('kysely_migration') || shape.get('tenants')?.columns.has('kind')) return false
  return Object.entries(marks).every(([table, columns]) =>
    columns.every((column) => shape.get(table)?.columns.has(column)),
  )
}

function refuseUnsafe(shape: Shape, names: ReadonlySet<string>): void {
  const unsafe = [...names].filter((name) => shape.get(name)?.engine !== 'InnoDB')
  if (unsafe.length > 0) throw new AdoptionRefusedError({ cause: 'engine', tables: unsafe })
}

/** The original's tenants have an address of their own each, and the name of a database. */
async function addDistributor<Tables>(db: Kysely<Tables>): Promise<string> {
  const id = randomUUID()
  await sql`
    insert into tenants (id, name, email, db_name)
    values (${id}, 'Distribuidora principal', ${`${id}@surtidor.invalid`}, database())`.execute(db)
  return id
}
