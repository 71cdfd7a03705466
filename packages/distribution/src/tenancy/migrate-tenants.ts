import { QueueError } from '@surtidor/queue'
import { errorText } from '@surtidor/queue/commands'
import { now } from '../database/sql.ts'
import { ApplicationError } from '../errors.ts'
import type { Text } from '../i18n/locale.ts'
import { currentStoreSchema } from '../migrations/store-schema.ts'
import { type ProvisionDependencies, updateStore } from './provision-store.ts'
import { storeProblem } from './store-problem.ts'
import { type StoreTenant, selectStoreTenants, storeTenantOf } from './store-tenants.ts'

export interface MigratedTenants {
  /** Stores whose databases were behind the schema, or not made yet. */
  readonly behind: number
  readonly migrated: number
  /** In the order of the stores' numbers. */
  readonly failures: readonly TenantFailure[]
}

export interface TenantFailure {
  readonly tenantId: string
  readonly companyId: number
  readonly database: string
  /** Of the error; null when it has none. */
  readonly code: string | null
  readonly reason: Text
}

export interface MigrateOptions {
  /** Stores at a time. Default 4: more would only wait for each other's disk. */
  readonly concurrency?: number
  readonly onProgress?: (progress: { readonly done: number; readonly behind: number }) => void
}

/**
 * Brings the database of every store that is behind to the schema, several at a time. A store is marked as soon as it has
 * its schema: killed in the middle, the next run goes on with the rest. One that fails does not hold up the others. Only a
 * page of stores, and what failed, is in memory.
 */
export async function migrateTenants(
  deps: ProvisionDependencies,
  { concurrency = 4, onProgress }: MigrateOptions = {},
): Promise<MigratedTenants> {
  const behind = await countBehind(deps)
  const failures: TenantFailure[] = []
  let done = await migrateShared(deps)
  const tenants = behindTenants(deps)
  const work = async () => {
    for (let next = await tenants.next(); !next.done; next = await tenants.next()) {
      const failure = await migrateTenant(deps, next.value)
      if (failure) failures.push(failure)
      done += 1
      onProgress?.({ done, behind })
    }
  }
  await Promise.all(Array.from({ length: concurrency }, work))
  failures.sort((a, b) => a.companyId - b.companyId)
  return { behind, migrated: done - failures.length, failures }
}

/** Answers why it could not be done; undefined when it was. */
export async function migrateTenant(
  deps: ProvisionDependencies,
  tenant: StoreTenant,
): Promise<TenantFailure | undefined> {
  try {
    await updateStore(deps, tenant)
    return undefined
  } catch (error) {
    const { id: tenantId, companyId, place } = tenant
    const { code = null } = Object(error)
    return { tenantId, companyId, database: place.name ?? '', code, reason: reasonOf(error) }
  }
}

/** How many stores there are. */
export async function countStores({ central }: Pick<ProvisionDependencies, 'central'>): Promise<number> {
  const query = central.selectFrom('tenants').select(({ fn }) => fn.countAll<number>().as('stores'))
  return (await query.where('kind', '=', 'store').where('company_id', 'is not', null).executeTakeFirstOrThrow()).stores
}

async function countBehind(deps: ProvisionDependencies): Promise<number> {
  const query = selectBehind(deps)
    .clearSelect()
    .select(({ fn }) => fn.countAll<number>().as('stores'))
  return (await query.executeTakeFirstOrThrow()).stores
}

const pageSize = 200

async function* behindTenants(deps: ProvisionDependencies): AsyncGenerator<StoreTenant, undefined> {
  let afterId = ''
  for (;;) {
    const rows = await selectBehind(deps).where('id', '>', afterId).orderBy('id').limit(pageSize).execute()
    for (const row of rows) {
      const tenant = storeTenantOf(row)
      if (tenant) yield tenant
    }
    const last = rows.at(-1)
    if (last === undefined) return undefined
    afterId = last.id
  }
}

/** A store of a newer program is left alone. */
function selectBehind({ central, stores, schema = currentStoreSchema }: ProvisionDependencies) {
  return selectStoreTenants(central)
    .where('company_id', 'is not', null)
    .where(({ eb, or, and }) =>
      or([
        eb('database_setup', '!=', 1),
        eb('schema_version', 'is', null),
        eb('schema_version', '<', schema.version),
        ...(stores.hasOwnUsers
          ? [and([eb('db_user', 'is', null), eb('db_name', 'is not', null), eb('original_layout', 'is', null)])]
          : []),
      ]),
    )
}

/**
 * Stores that share a database have its schema all at once: it is migrated for one of them, and the others are marked.
 * Answers how many that were; when it fails, each of them fails by itself.
 */
async function migrateShared(deps: ProvisionDependencies): Promise<number> {
  const { central, schema = currentStoreSchema } = deps
  const behind = selectBehind(deps).where('db_name', 'is', null).where('database_setup', '=', 1)
  const row = await behind.where('db_host', 'is', null).executeTakeFirst()
  const tenant = row && storeTenantOf(row)
  if (!tenant || (await migrateTenant(deps, tenant))) return 0
  const marked = await central.transaction().execute((trx) =>
    trx
      .updateTable('tenants')
      .set({ schema_version: schema.version, updated_at: now })
      .where('kind', '=', 'store')
      .where('database_setup', '=', 1)
      .where('db_name', 'is', null)
      .where('db_host', 'is', null)
      .where(({ eb, or }) => or([eb('schema_version', 'is', null), eb('schema_version', '<', schema.version)]))
      .executeTakeFirst(),
  )
  return Number(marked.numUpdatedRows) + 1
}

function reasonOf(error: unknown): Text {
  const known = storeProblem(error)
  if (known) return known
  if (error instanceof ApplicationError) return error.text
  if (error instanceof QueueError) return errorText(error)
  const text = (String(error).split('\n')[0] ?? '').slice(0, 300)
  return { es: text, en: text }
}
