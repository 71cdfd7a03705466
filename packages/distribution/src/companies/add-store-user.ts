import { transact } from '@surtidor/queue/kysely'
import type { Transaction } from 'kysely'
import { z } from 'zod'
import { type Activation, issueActivation } from '../access/activation.ts'
import type { RunDependencies } from '../copy/runs/runs.ts'
import type { CentralTables } from '../database/central-tables.ts'
import { againAfterCollision } from '../database/collision.ts'
import { ApplicationError } from '../errors.ts'
import type { Text } from '../i18n/locale.ts'
import { refuseTakenEmail } from './duplicate-store.ts'
import { findStoreUser } from './find-store-user.ts'
import { badEmail } from './store-form-texts.ts'
import { giveStoreUser } from './store-user.ts'

export interface UserRequest {
  readonly companyId: number
  /** Empty for the address that the company has. */
  readonly email: string
}

export interface AddedUser {
  /** Null when the user has a password already. */
  readonly activation: Activation | null
}

/**
 * Gives a client that was registered without a user its user, and with it its first copy. Asked again it starts nothing
 * and makes a new activation link while the user has no password. Throws `StoreUserError` and `DuplicateStoreError`.
 */
export function addStoreUser(deps: RunDependencies, request: UserRequest): Promise<AddedUser> {
  return againAfterCollision(() =>
    transact(deps.central, async (trx, tx) => {
      const user = await findStoreUser(trx, request.companyId)
      if (user) return { activation: user.hasPassword ? null : await issueActivation(trx, user.userId, new Date()) }
      const store = await findClient(trx, request)
      const { email, distributorId, companyId } = store
      await refuseTakenEmail(trx, { email, distributorId, exceptCompanyId: companyId })
      return giveStoreUser(deps, { trx, tx }, store)
    }),
  )
}

/** Why a company cannot be given a user. */
export class StoreUserError extends ApplicationError {
  readonly code = 'STORE_USER'
}

async function findClient(trx: Transaction<CentralTables>, { companyId, email: typed }: UserRequest) {
  const row = await selectClient(trx, companyId)
  if (!row) throw new StoreUserError(noClient(companyId))
  if (row.type !== 'CLIENTE') throw new StoreUserError(isSupplier(row.storeName))
  const email = (typed.trim() || row.contactEmail || row.billingEmail || '').toLowerCase()
  if (email === '') throw new StoreUserError(noEmail)
  if (email.length > 255 || !z.email().safeParse(email).success) throw new StoreUserError(badEmail(email.slice(0, 255)))
  const { distributorId, storeName, contactId, contactName, phone } = row
  return { companyId, distributorId, storeName, contactId, contactName, phone, email }
}

/** With the first contact of its main warehouse. */
function selectClient(trx: Transaction<CentralTables>, companyId: number) {
  return trx
    .selectFrom('vnt_companies as company')
    .innerJoin('vnt_warehouses as warehouse', 'warehouse.companyId', 'company.id')
    .innerJoin('vnt_contacts as contact', 'contact.warehouseId', 'warehouse.id')
    .where('company.id', '=', companyId)
    .where('company.deleted_at', 'is', null)
    .orderBy('warehouse.main', 'desc')
    .orderBy('warehouse.id')
    .orderBy('contact.id')
    .select(['company.type', 'company.tenant_id as distributorId', 'company.businessName as storeName'])
    .select(['company.billingEmail', 'contact.id as contactId', 'contact.firstName as contactName'])
    .select(['contact.email as contactEmail', 'contact.phone_contact as phone'])
    .limit(1)
    .executeTakeFirst()
}

function noClient(companyId: number): Text {
  return {
    es: `La tienda ${companyId} no existe, o no tiene un contacto: regístrela de nuevo.`,
    en: `There is no store ${companyId}, or it has no contact: register it again.`,
  }
}

function isSupplier(name: string): Text {
  return {
    es: `${name} es un proveedor: solo las tiendas tienen usuario y catálogo.`,
    en: `${name} is a supplier: only stores have a user and a catalogue.`,
  }
}

const noEmail: Text = {
  es: 'Escriba el correo electrónico con el que va a entrar la tienda.',
  en: 'Give the e-mail address with which the store is to sign in.',
}
