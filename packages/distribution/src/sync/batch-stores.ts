import type { Kysely } from 'kysely'
import type { CentralTables } from '../database/central-tables.ts'
import type { StorePlace } from '../tenancy/store-hosting.ts'

/** A store that publications go to. */
export interface PublishedStore {
  readonly companyId: number
  readonly name: string
  readonly storeTenantId: string
  /** Where its database is. */
  readonly place: StorePlace
}

/**
 * The stores of a distributor that have their database and take part, in the order of their numbers. One that was never copied
 * has no database yet: its first copy is on its way by itself.
 */
export async function listPublishedStores(
  db: Kysely<CentralTables>,
  distributorId: string,
): Promise<readonly PublishedStore[]> {
  const rows = await db
    .selectFrom('tenants as store')
    .innerJoin('vnt_companies as company', 'company.id', 'store.company_id')
    .leftJoin('sync_settings as settings', 'settings.tenant_id', 'store.id')
    .select(['company.id as companyId', 'company.businessName as name', 'store.id as storeTenantId'])
    .select(['store.db_name as dbName', 'store.db_host as host', 'store.db_port as port'])
    .select(['store.db_user as user', 'store.db_password as password', 'store.original_layout as layout'])
    .where('store.kind', '=', 'store')
    .where('store.database_setup', '=', 1)
    .where('store.is_active', '=', 1)
    .where('company.tenant_id', '=', distributorId)
    .where('company.status', '=', 1)
    .where('company.deleted_at', 'is', null)
    .where((eb) => eb.or([eb('settings.is_enabled', 'is', null), eb('settings.is_enabled', '=', 1)]))
    .orderBy('company.id')
    .execute()
  return rows.map(({ dbName, host, port, user, password, layout, ...store }) => ({
    ...store,
    place: { name: dbName, host, port, user, password, layout },
  }))
}
