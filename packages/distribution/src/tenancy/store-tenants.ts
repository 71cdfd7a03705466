import { randomUUID } from 'node:crypto'
import type { Transaction } from 'kysely'
import type { CentralTables } from '../database/central-tables.ts'
import type { CentralDatabase } from '../database/open-central.ts'
import { now } from '../database/sql.ts'
import { ApplicationError } from '../errors.ts'
import { ensureBesideOriginal, findOriginalLayout } from './original-tenants.ts'
import type { StoreDatabases } from './store-databases.ts'
import { placeColumns, type StorePlace } from './store-hosting.ts'

/** What the registry (`tenants`) says of a store. */
export interface StoreTenant {
  readonly id: string
  readonly companyId: number
  readonly place: StorePlace
  /** True when every migration of its database has succeeded. */
  readonly isReady: boolean
  /** How many those were; null when that was not recorded. */
  readonly schemaVersion: number | null
}

/** Throws `UnknownStoreTenantError`. */
export async function findStoreTenant(central: CentralDatabase, id: string): Promise<StoreTenant> {
  const row = await selectStoreTenants(central).where('id', '=', id).executeTakeFirst()
  const tenant = row && storeTenantOf(row)
  if (!tenant) throw new UnknownStoreTenantError(id)
  return tenant
}

/** The tenant of a store by its number. Throws `UnknownStoreTenantError`. */
export async function findStoreTenantOf(central: CentralDatabase, companyId: number): Promise<StoreTenant> {
  const row = await selectStoreTenants(central).where('company_id', '=', companyId).executeTakeFirst()
  const tenant = row && storeTenantOf(row)
  if (!tenant) throw new UnknownStoreTenantError(String(companyId))
  return tenant
}

export function selectStoreTenants(central: CentralDatabase) {
  return central
    .selectFrom('tenants')
    .select(['id', 'company_id', 'database_setup', 'schema_version', ...placeColumns])
    .where('kind', '=', 'store')
}

type Row = Awaited<ReturnType<ReturnType<typeof selectStoreTenants>['executeTakeFirstOrThrow']>>

/** Undefined when the tenant belongs to no company. */
export function storeTenantOf({
  id,
  company_id,
  database_setup,
  schema_version,
  ...place
}: Row): StoreTenant | undefined {
  if (company_id === null) return undefined
  return { id, companyId: company_id, place, isReady: database_setup === 1, schemaVersion: schema_version }
}

export interface NewStoreTenant {
  readonly companyId: number
  readonly name: string
  readonly email: string | null
}

/** Registers a database for the store that has none yet; answers the id of the store's tenant. Nothing is created on disk. */
export async function ensureStoreTenant(
  { trx, stores }: { readonly trx: Transaction<CentralTables>; readonly stores: Pick<StoreDatabases, 'newName'> },
  store: NewStoreTenant,
): Promise<string> {
  const { name, email, companyId } = store
  const existing = await trx
    .selectFrom('tenants')
    .select('id')
    .where('kind', '=', 'store')
    .where('company_id', '=', companyId)
    .executeTakeFirst()
  if (existing) return existing.id
  const layout = await findOriginalLayout(trx)
  if (layout !== null) return ensureBesideOriginal(trx, { ...store, layout, dbName: stores.newName(companyId, layout) })
  const id = randomUUID()
  const dbName = stores.newName(companyId)
  await trx
    .insertInto('tenants')
    .values({ id, kind: 'store', name, email, company_id: companyId, db_name: dbName })
    .execute()
  return id
}

/**
 * Writes down the store's user before it is made, so that who comes after a crash, or at the same moment, makes the same
 * one; answers the place as that user sees it.
 */
export async function recordCredentials(
  { central, stores }: { readonly central: CentralDatabase; readonly stores: StoreDatabases },
  { id, companyId }: StoreTenant,
): Promise<StorePlace> {
  const { user, password } = stores.newCredentials(companyId)
  await central
    .transaction()
    .execute((trx) =>
      trx
        .updateTable('tenants')
        .set({ db_user: user, db_password: password, updated_at: now })
        .where('id', '=', id)
        .where('db_user', 'is', null)
        .execute(),
    )
  return (await findStoreTenant(central, id)).place
}

export class UnknownStoreTenantError extends ApplicationError {
  readonly code = 'UNKNOWN_STORE_TENANT'

  constructor(id: string) {
    super({
      es: `No existe la base de datos de tienda ${JSON.stringify(id)}, o no es de ninguna empresa. Revise la tabla tenants.`,
      en: `There is no store database ${JSON.stringify(id)}, or it belongs to no company. Check the table tenants.`,
    })
  }
}
