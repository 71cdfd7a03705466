import type { CentralDatabase } from '../database/open-central.ts'
import type { StoreDatabase, StoreDatabases } from '../tenancy/store-databases.ts'

/**
 * The database of the store that a run fills, or undefined while it is not made; the caller disposes of it. Throws
 * `MissingStoreDatabaseError` when it was made and its file is gone.
 */
export async function openStoreOfRun(
  deps: { readonly central: CentralDatabase; readonly stores: StoreDatabases },
  runId: number,
): Promise<StoreDatabase | undefined> {
  const tenant = await deps.central
    .selectFrom('copy_runs as run')
    .innerJoin('tenants as store', 'store.id', 'run.store_tenant_id')
    .select('store.db_name as name')
    .where('run.id', '=', runId)
    .where('store.database_setup', '=', 1)
    .executeTakeFirst()
  return tenant?.name ? deps.stores.open(tenant.name) : undefined
}
