import type { Kysely } from 'kysely'
import type { CentralTables } from '../database/central-tables.ts'

/** Tienda, in `usr_profiles`. Read by many; only `giveStoreUser` writes it. */
export const storeProfile = 17

export interface StoreUser {
  readonly userId: number
  readonly email: string
  /** False until the person has used an activation link. */
  readonly hasPassword: boolean
}

/** The user of profile 17 of a company's contacts; undefined when it was registered without one. */
export async function findStoreUser(db: Kysely<CentralTables>, companyId: number): Promise<StoreUser | undefined> {
  const row = await db
    .selectFrom('users')
    .innerJoin('vnt_contacts as contact', 'contact.id', 'users.contact_id')
    .innerJoin('vnt_warehouses as warehouse', 'warehouse.id', 'contact.warehouseId')
    .where('warehouse.companyId', '=', companyId)
    .where('users.profile_id', '=', storeProfile)
    .select(['users.id as userId', 'users.email', 'users.password'])
    .orderBy('users.id')
    .limit(1)
    .executeTakeFirst()
  return row && { userId: row.userId, email: row.email, hasPassword: Boolean(row.password) }
}
