import type { CentralDatabase } from '../../database/open-central.ts'
import type { StoreDatabase, StoreDatabases } from '../../tenancy/store-databases.ts'
import { placeColumns, type StorePlace } from '../../tenancy/store-hosting.ts'

/** Where the store that a run fills has its database; undefined while that is not made. */
export async function placeOfRun(central: CentralDatabase, runId: number): Promise<StorePlace | undefined> {
  return central
    .selectFrom('copy_runs as run')
    .innerJoin('tenants as store', 'store.id', 'run.store_tenant_id')
    .select([...placeColumns])
    .where('run.id', '=', runId)
    .where('store.database_setup', '=', 1)
    .executeTakeFirst()
}

/**
 * The database of the store that a run fills, or undefined while it is not made; the caller disposes of it. Throws
 * `MissingStoreDatabaseError` when it was made and is gone.
 */
export async function openStoreOfRun(
  deps: { readonly central: CentralDatabase; readonly stores: StoreDatabases },
  runId: number,
): Promise<StoreDatabase | undefined> {
  const place = await placeOfRun(deps.central, runId)
  return place && deps.stores.open(place)
}
