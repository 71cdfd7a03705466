import { transact } from '@surtidor/queue/kysely'
import type { Transaction } from 'kysely'
import { enqueueRun, type RunDependencies } from '../copy/runs.ts'
import type { CentralTables } from '../database/central-tables.ts'
import { insertId, isDuplicate, untilUndisturbed } from '../database/sql.ts'
import { ApplicationError } from '../errors.ts'
import type { Text } from '../i18n/locale.ts'
import { ensureStoreTenant } from '../tenancy/store-tenants.ts'
import { identificationTypeId } from './identification.ts'
import type { StoreForm } from './store-form.ts'

export interface Registration {
  readonly form: StoreForm
  readonly distributorId: string
}

export interface RegisteredStore {
  readonly companyId: number
  readonly runId: number
  readonly userId: number
}

/**
 * Registers a store: company, warehouse, contact, user, membership, tenant, run and job, all or none, in as many
 * statements for fifty products as for fifty thousand. Throws `DuplicateStoreError`.
 */
export async function registerStore(deps: RunDependencies, input: Registration): Promise<RegisteredStore> {
  const registered = await untilUndisturbed(() => writeStore(deps, input)).catch(async (error: unknown) => {
    // Somebody else has registered it since this transaction looked.
    if (isDuplicate(error)) await deps.central.transaction().execute((trx) => refuseDuplicate(trx, input))
    throw error
  })
  deps.log?.info({ event: 'user_created', ...registered }, 'Usuario creado exitosamente')
  return registered
}

/** The company or the user is already there. */
export class DuplicateStoreError extends ApplicationError {
  readonly code = 'DUPLICATE_STORE'
  readonly field: 'identification' | 'email'
  /** The store that has it; null when it is not a store of this distributor. */
  readonly companyId: number | null

  constructor({ field, companyId, text }: Duplicate) {
    super(text)
    this.field = field
    this.companyId = companyId
  }
}

interface Duplicate {
  readonly field: 'identification' | 'email'
  readonly companyId: number | null
  readonly text: Text
}

function writeStore(deps: RunDependencies, input: Registration): Promise<RegisteredStore> {
  const { form, distributorId } = input
  return transact(deps.central, async (trx, tx) => {
    await refuseDuplicate(trx, input)
    const companyId = await insertCompany(trx, input)
    const contactId = await insertContact(trx, { form, warehouseId: await insertWarehouse(trx, form, companyId) })
    const userId = await insertUser(trx, form, contactId)
    await trx
      .insertInto('user_tenants')
      .values({ user_id: userId, tenant_id: distributorId, role: null, last_accessed_at: null })
      .execute()
    const { name, email } = form
    const storeTenantId = await ensureStoreTenant({ trx, stores: deps.stores }, { companyId, name, email })
    const run = await enqueueRun(deps, { trx, tx }, { companyId, distributorId, storeTenantId })
    return { companyId, runId: run.id, userId }
  })
}

/** Who comes between this look and the inserts is met by the unique keys. */
async function refuseDuplicate(trx: Transaction<CentralTables>, { form, distributorId }: Registration): Promise<void> {
  const { identification, email } = form
  const company = await trx
    .selectFrom('vnt_companies')
    .select('id')
    .where('tenant_id', '=', distributorId)
    .where('identification', '=', identification)
    .executeTakeFirst()
  if (company) {
    const text = identificationTaken(identification, company.id)
    throw new DuplicateStoreError({ field: 'identification', companyId: company.id, text })
  }
  const user = await findUser(trx, { email, distributorId })
  if (user)
    throw new DuplicateStoreError({
      field: 'email',
      companyId: user.companyId,
      text: emailTaken(email, user.companyId),
    })
}

interface UserSearch {
  readonly email: string
  readonly distributorId: string
}

/** Another distributor's store stays unnamed. */
function findUser(trx: Transaction<CentralTables>, { email, distributorId }: UserSearch) {
  return trx
    .selectFrom('users')
    .leftJoin('vnt_contacts as contact', 'contact.id', 'users.contact_id')
    .leftJoin('vnt_warehouses as warehouse', 'warehouse.id', 'contact.warehouseId')
    .leftJoin('vnt_companies as company', (join) =>
      join.onRef('company.id', '=', 'warehouse.companyId').on('company.tenant_id', '=', distributorId),
    )
    .where('users.email', '=', email)
    .select('company.id as companyId')
    .executeTakeFirst()
}

async function insertCompany(trx: Transaction<CentralTables>, { form, distributorId }: Registration): Promise<number> {
  return insertId(trx, 'vnt_companies', {
    tenant_id: distributorId,
    businessName: form.name,
    firstName: null,
    lastName: null,
    secondName: null,
    secondLastName: null,
    billingEmail: form.email,
    typeIdentificationId: identificationTypeId(form.type),
    identification: form.identification,
    verification_digit: form.verificationDigit,
    type: 'CLIENTE',
    typePerson: form.type === 'NIT' ? 'LEGAL_ENTITY' : 'PERSON_ENTITY',
  })
}

async function insertWarehouse(trx: Transaction<CentralTables>, form: StoreForm, companyId: number): Promise<number> {
  const { address, city, district } = form
  return insertId(trx, 'vnt_warehouses', { companyId, name: 'Principal', address, city, district, main: 1 })
}

interface NewContact {
  readonly form: StoreForm
  readonly warehouseId: number
}

async function insertContact(trx: Transaction<CentralTables>, { form, warehouseId }: NewContact): Promise<number> {
  return insertId(trx, 'vnt_contacts', {
    warehouseId,
    firstName: form.contactName ?? form.name,
    lastName: null,
    email: form.email,
    phone_contact: form.phone,
    positionId: 1,
  })
}

/** Tienda, in `usr_profiles`. */
const storeProfile = 17

/** Without a password: nobody can sign in with it until the person sets one. */
async function insertUser(trx: Transaction<CentralTables>, form: StoreForm, contactId: number): Promise<number> {
  return insertId(trx, 'users', {
    name: form.contactName ?? form.name,
    email: form.email,
    password: null,
    phone: form.phone,
    profile_id: storeProfile,
    contact_id: contactId,
  })
}

function identificationTaken(identification: string, companyId: number): Text {
  return {
    es: `La identificación ${identification} ya está registrada en la tienda ${companyId}. Abra esa tienda o corrija el número.`,
    en: `The identification ${identification} is already registered for store ${companyId}. Open that store or correct the number.`,
  }
}

function emailTaken(email: string, companyId: number | null): Text {
  const owner =
    companyId === null
      ? { es: 'por otro usuario', en: 'by another user' }
      : { es: `por la tienda ${companyId}`, en: `by store ${companyId}` }
  return {
    es: `El correo ${email} ya está en uso ${owner.es}. Escriba otro correo o abra esa tienda.`,
    en: `The e-mail address ${email} is already in use ${owner.en}. Give another one or open that store.`,
  }
}
