import { randomUUID } from 'node:crypto'
import type { Transaction } from 'kysely'
import type { CentralTables } from '../database/central-tables.ts'
import type { CentralDatabase } from '../database/open-central.ts'
import { now, upsert } from '../database/sql.ts'
import { ApplicationError } from '../errors.ts'
import { migrateStore } from '../migrations/migrate.ts'
import type { StoreDatabase, StoreDatabases } from './store-databases.ts'

export interface ProvisionDependencies {
  readonly central: CentralDatabase
  readonly stores: StoreDatabases
}

/**
 * Makes a store's database ready and answers it open; the caller disposes of it. Each step may be run again, by the
 * same worker after a crash or by another at the same time: the schema comes in one transaction that waits for its
 * turn, GENERICO has a unique key, and `database_setup` is set only after both.
 */
export async function provisionStore(deps: ProvisionDependencies, storeTenantId: string): Promise<StoreDatabase> {
  const tenant = await findStoreTenant(deps.central, storeTenantId)
  const store = await deps.stores.create(tenant.place)
  try {
    await migrateStore(store)
    await addGenericProduct(store, tenant.company_id)
    if (tenant.database_setup !== 1) await markReady(deps.central, storeTenantId)
    return store
  } catch (error) {
    await store.destroy()
    throw error
  }
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
  const existing = await trx
    .selectFrom('tenants')
    .select('id')
    .where('kind', '=', 'store')
    .where('company_id', '=', store.companyId)
    .executeTakeFirst()
  if (existing) return existing.id
  const id = randomUUID()
  const { name, email, companyId } = store
  const dbName = stores.newName(companyId)
  await trx
    .insertInto('tenants')
    .values({ id, kind: 'store', name, email, company_id: companyId, db_name: dbName })
    .execute()
  return id
}

export class UnknownStoreTenantError extends ApplicationError {
  readonly code = 'UNKNOWN_STORE_TENANT'

  constructor(id: string) {
    super({
      es: `No existe la base de datos de tienda ${JSON.stringify(id)}, o no tiene nombre. Revise la tabla tenants.`,
      en: `There is no store database ${JSON.stringify(id)}, or it has no name. Check the table tenants.`,
    })
  }
}

async function findStoreTenant(central: CentralDatabase, id: string) {
  const tenant = await central
    .selectFrom('tenants')
    .select(['db_name as name', 'db_host as host', 'db_port as port', 'company_id', 'database_setup'])
    .where('id', '=', id)
    .where('kind', '=', 'store')
    .executeTakeFirst()
  if (!tenant?.name || tenant.company_id === null) throw new UnknownStoreTenantError(id)
  const { name, host, port, company_id, database_setup } = tenant
  return { place: { name, host, port }, company_id, database_setup }
}

/** What the counter sells when a product has no code yet; its stock stands for «without end». */
async function addGenericProduct(store: StoreDatabase, companyId: number): Promise<void> {
  const generic = {
    company_id: companyId,
    item_father_id: 0,
    sku: genericSku,
    name: 'PRODUCTO GENERICO',
    stock: 999_999,
    cost: 0,
    price: 0,
    taxId: null,
    categoryId: null,
    img_path: null,
    price_strategy: null,
    content_hash: null,
  }
  await store
    .transaction()
    .execute((trx) => upsert(trx, 'tat_items', { rows: [generic], key: ['company_id', 'own_sku'], update: [] }))
}

/** No product of the distributor may have this SKU in a store. */
export const genericSku = 'GENERICO'

async function markReady(central: CentralDatabase, id: string): Promise<void> {
  await central
    .transaction()
    .execute((trx) =>
      trx.updateTable('tenants').set({ database_setup: 1, updated_at: now }).where('id', '=', id).execute(),
    )
}
