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
    .select(['store.db_name as name', 'store.db_host as host', 'store.db_port as port'])
    .where('run.id', '=', runId)
    .where('store.database_setup', '=', 1)
    .executeTakeFirst()
  if (!tenant?.name) return undefined
  const { name, host, port } = tenant
  return deps.stores.open({ name, host, port })
}
