import { transact } from '@surtidor/queue/kysely'
import type { Transaction } from 'kysely'
import type { RunDependencies } from '../copy/runs/runs.ts'
import type { CentralTables } from '../database/central-tables.ts'
import { againAfterCollision } from '../database/collision.ts'
import { insertId } from '../database/sql.ts'
import { takeTurnBesideOriginal } from '../tenancy/original-tenants.ts'
import { refuseUnknownChoices } from './company-choices.ts'
import { companyRow, contactRow, warehouseRow } from './company-rows.ts'
import { refuseDuplicate } from './duplicate-store.ts'
import type { StoreForm } from './store-form.ts'
import { type GivenUser, giveStoreUser } from './store-user.ts'

export interface Registration {
  readonly form: StoreForm
  readonly distributorId: string
}

export interface RegisteredStore {
  readonly companyId: number
  /** Null without «crear usuario»: no user, no database, no copy. */
  readonly user: GivenUser | null
}

/**
 * Registers a client or a supplier: company, warehouse, contact and route, and for a store what `giveStoreUser` writes,
 * all or none, in as many statements for fifty products as for fifty thousand. Throws `DuplicateStoreError` and
 * `UnknownChoiceError`.
 */
export function registerStore(deps: RunDependencies, input: Registration): Promise<RegisteredStore> {
  const { form, distributorId } = input
  return againAfterCollision(() =>
    transact(deps.central, async (trx, tx) => {
      await takeTurnBesideOriginal(trx)
      await refuseDuplicate(trx, { ...form, distributorId })
      await refuseUnknownChoices(trx, { ...form, distributorId })
      const written = await writeCompany(trx, input)
      if (!form.createUser || form.email === null) return { companyId: written.companyId, user: null }
      const store = { ...written, distributorId, storeName: form.name, email: form.email, phone: form.phone }
      return { companyId: written.companyId, user: await giveStoreUser(deps, { trx, tx }, store) }
    }),
  )
}

async function writeCompany(trx: Transaction<CentralTables>, { form, distributorId }: Registration) {
  const companyId = await insertId(trx, 'vnt_companies', companyRow(form, distributorId))
  const warehouseId = await insertId(trx, 'vnt_warehouses', warehouseRow(form, companyId))
  const contact = contactRow(form, warehouseId)
  const contactId = await insertId(trx, 'vnt_contacts', contact)
  if (form.routeId !== null) await addToRoute(trx, companyId, form.routeId)
  return { companyId, contactId, contactName: contact.firstName }
}

/** As the last stop. Two that are added at once may share a place; the seller's order decides then by company. */
async function addToRoute(trx: Transaction<CentralTables>, companyId: number, routeId: number): Promise<void> {
  const last = await trx
    .selectFrom('tat_companies_routes')
    .select(({ fn }) => fn.max('sales_order').as('place'))
    .where('route_id', '=', routeId)
    .executeTakeFirst()
  const sales_order = Number(last?.place ?? 0) + 1
  await trx
    .insertInto('tat_companies_routes')
    .values({ company_id: companyId, route_id: routeId, sales_order })
    .execute()
}
