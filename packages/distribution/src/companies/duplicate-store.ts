import type { Transaction } from 'kysely'
import type { CentralTables } from '../database/central-tables.ts'
import { ApplicationError } from '../errors.ts'
import type { Text } from '../i18n/locale.ts'

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

export interface Identity {
  readonly identification: string
  readonly email: string | null
  readonly distributorId: string
}

/**
 * Throws `DuplicateStoreError` when the distributor has a company with this identification, or anybody has the e-mail.
 * Where others may write meanwhile, the unique keys refuse what this look could not see.
 */
export async function refuseDuplicate(trx: Transaction<CentralTables>, identity: Identity): Promise<void> {
  const { identification, distributorId, email } = identity
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
  if (email !== null) await refuseTakenEmail(trx, { email, distributorId })
}

interface EmailSearch {
  readonly email: string
  readonly distributorId: string
  /** The company that may have it. */
  readonly exceptCompanyId?: number
}

/** Throws `DuplicateStoreError` when another company of the distributor, or any user, has the e-mail. */
export async function refuseTakenEmail(trx: Transaction<CentralTables>, search: EmailSearch): Promise<void> {
  const { email, exceptCompanyId } = search
  const owner = (await findCompanyByEmail(trx, search)) ?? (await findUserByEmail(trx, search))
  if (!owner || (owner.companyId !== null && owner.companyId === exceptCompanyId)) return
  const text = emailTaken(email, owner.companyId)
  throw new DuplicateStoreError({ field: 'email', companyId: owner.companyId, text })
}

function findCompanyByEmail(
  trx: Transaction<CentralTables>,
  { email, distributorId, exceptCompanyId = 0 }: EmailSearch,
): Promise<{ companyId: number } | undefined> {
  return trx
    .selectFrom('vnt_companies')
    .select('id as companyId')
    .where('tenant_id', '=', distributorId)
    .where('billingEmail', '=', email)
    .where('id', '!=', exceptCompanyId)
    .executeTakeFirst()
}

/** Another distributor's store stays unnamed. */
function findUserByEmail(trx: Transaction<CentralTables>, { email, distributorId }: EmailSearch) {
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
