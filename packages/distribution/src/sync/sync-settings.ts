import type { Kysely } from 'kysely'
import { UnknownStoreError } from '../copy/runs/runs.ts'
import type { CentralTables } from '../database/central-tables.ts'
import { upsert } from '../database/sql.ts'
import { ApplicationError } from '../errors.ts'

const defaultConcurrency = 4
export const maxConcurrency = 64

/** How many runs of a distributor's batch may be in the queue or at work; 4 while nobody has decided. */
export async function concurrencyOf(db: Kysely<CentralTables>, distributorId: string): Promise<number> {
  const row = await db
    .selectFrom('sync_settings')
    .select('concurrency')
    .where('tenant_id', '=', distributorId)
    .executeTakeFirst()
  return row?.concurrency ?? defaultConcurrency
}

/** From 1 to 64; throws `InvalidConcurrencyError`. A batch that is under way obeys when its next copy ends. */
export async function setConcurrency(
  db: Kysely<CentralTables>,
  distributorId: string,
  concurrency: number,
): Promise<void> {
  if (!Number.isInteger(concurrency) || concurrency < 1 || concurrency > maxConcurrency)
    throw new InvalidConcurrencyError(concurrency)
  const rows = [{ tenant_id: distributorId, concurrency }]
  await upsert(db, 'sync_settings', { rows, key: ['tenant_id'], update: ['concurrency'] })
}

/**
 * Leaves a store out of the publications that come, or has it take part again; its own copies it gets as ever. Throws
 * `UnknownStoreError` when no such company has a store's database.
 */
export async function setStoreEnabled(db: Kysely<CentralTables>, companyId: number, isEnabled: boolean): Promise<void> {
  const tenants = db.selectFrom('tenants').select('id').where('kind', '=', 'store').where('company_id', '=', companyId)
  const tenant = await tenants.executeTakeFirst()
  if (!tenant) throw new UnknownStoreError(companyId)
  const rows = [{ tenant_id: tenant.id, is_enabled: isEnabled ? 1 : 0 }]
  await upsert(db, 'sync_settings', { rows, key: ['tenant_id'], update: ['is_enabled'] })
}

/** Has a distributor's catalogue published once it has come to rest, or by hand alone. */
export async function setAutomatic(
  db: Kysely<CentralTables>,
  distributorId: string,
  isAutomatic: boolean,
): Promise<void> {
  const rows = [{ tenant_id: distributorId, is_automatic: isAutomatic ? 1 : 0 }]
  await upsert(db, 'sync_settings', { rows, key: ['tenant_id'], update: ['is_automatic'] })
}

export class InvalidConcurrencyError extends ApplicationError {
  readonly code = 'INVALID_CONCURRENCY'

  constructor(concurrency: number) {
    super({
      es: `No se pueden copiar ${concurrency} tiendas a la vez: use un número entero de 1 a ${maxConcurrency}.`,
      en: `${concurrency} stores cannot be copied at a time: use a whole number from 1 to ${maxConcurrency}.`,
    })
  }
}
