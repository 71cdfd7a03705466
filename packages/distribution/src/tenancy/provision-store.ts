import type { Logger } from 'pino'
import type { CentralDatabase } from '../database/open-central.ts'
import { upsert } from '../database/sql.ts'
import { productKey } from '../database/store-tables.ts'
import { isStoreCurrent, migrateStore } from '../migrations/migrate.ts'
import { readStoreMigrations } from '../migrations/recorded-migrations.ts'
import { currentStoreSchema, type StoreSchema } from '../migrations/store-schema.ts'
import { refuseForeign } from './foreign-tables.ts'
import { StoresBusyError } from './open-slots.ts'
import type { StoreDatabase, StoreDatabases } from './store-databases.ts'
import { MissingStoreDatabaseError } from './store-problem.ts'
import {
  findStoreTenant,
  findStoreTenantOf,
  recordCredentials,
  type StoreTenant,
  UnknownStoreTenantError,
} from './store-tenants.ts'

export interface ProvisionDependencies {
  readonly central: CentralDatabase
  readonly stores: StoreDatabases
  /** What a store's database is brought to; by default what this program works with. */
  readonly schema?: StoreSchema
  /** Hears that a database that was ready has nothing in it any more, before it is made anew. */
  readonly log?: Pick<Logger, 'error'>
}

/**
 * Makes a store's database ready and answers it open; the caller disposes of it. Each step may be run again, by the
 * same worker after a crash or by another at the same time: the schema waits for its turn, GENERICO has a unique key, and
 * `database_setup` is set only after all of them. What exists already and is not ours throws `ForeignStoreDatabaseError`.
 */
export async function provisionStore(deps: ProvisionDependencies, storeTenantId: string): Promise<StoreDatabase> {
  return provision(deps, await findOpened(deps, findStoreTenant(deps.central, storeTenantId), forAsLongAsItTakes))
}

/**
 * A store's database that is opened before anybody knows whether it will be written to, where it is there and ready, and where
 * nobody has to wait for it.
 */
export class StoreAhead implements Disposable {
  readonly #deps: ProvisionDependencies
  /** Undefined once it was given away; answers nothing where it could not be opened ahead. */
  #opening: Promise<OpenedTenant | undefined> | undefined

  constructor(deps: ProvisionDependencies, companyId: number) {
    this.#deps = deps
    const finding = findStoreTenantOf(deps.central, companyId)
    this.#opening = findOpened(deps, finding, { waitSeconds: 0 }).catch(unlessLater)
    // Perhaps nobody wants it.
    this.#opening.catch(() => undefined)
  }

  /** What `provisionStore` answers; once. */
  async provision(storeTenantId: string): Promise<StoreDatabase> {
    const opened = await this.#opening
    this.#opening = undefined
    if (opened?.tenant.id === storeTenantId) return provision(this.#deps, opened)
    // Nobody waits for a place among the open databases while holding one.
    await opened?.store?.destroy()
    return provisionStore(this.#deps, storeTenantId)
  }

  /** Who has nothing to do does not wait for a server either: it is closed as soon as it was opened. */
  [Symbol.dispose](): void {
    this.#opening?.then((opened) => opened?.store?.destroy()).catch(() => undefined)
  }
}

/** What may be different when the store is wanted. */
function unlessLater(error: unknown): undefined {
  if (!(error instanceof UnknownStoreTenantError || error instanceof StoresBusyError)) throw error
}

interface OpenedTenant {
  readonly tenant: StoreTenant
  /** Undefined unless it is there and has the schema. */
  readonly store: StoreDatabase | undefined
}

async function findOpened(
  deps: ProvisionDependencies,
  finding: Promise<StoreTenant>,
  patience: Patience,
): Promise<OpenedTenant> {
  const tenant = await finding
  return { tenant, store: isRecordedCurrent(deps, tenant) ? await openCurrent(deps, tenant, patience) : undefined }
}

function provision(deps: ProvisionDependencies, { tenant, store }: OpenedTenant): Promise<StoreDatabase> {
  return store ? withGeneric(store, tenant) : makeReady(deps, tenant)
}

/**
 * Brings a store's database to its schema, making it when it never was ready. One that was, and is gone, is for somebody to
 * restore: throws `MissingStoreDatabaseError`.
 */
export async function updateStore(deps: ProvisionDependencies, tenant: StoreTenant): Promise<void> {
  if (tenant.isReady) await (await deps.stores.open(tenant.place, forAsLongAsItTakes)).destroy()
  await (await makeReady(deps, tenant)).destroy()
}

function isRecordedCurrent(
  { stores, schema = currentStoreSchema }: ProvisionDependencies,
  tenant: StoreTenant,
): boolean {
  return tenant.isReady && tenant.schemaVersion === schema.version && !needsUser(stores, tenant)
}

/** The registry may be wrong: somebody has deleted the database, or restored an older one. Undefined then. */
async function openCurrent(
  deps: ProvisionDependencies,
  { place }: StoreTenant,
  patience: Patience,
): Promise<StoreDatabase | undefined> {
  const store = await deps.stores.open(place, patience).catch((error: unknown) => {
    if (error instanceof MissingStoreDatabaseError) return undefined
    throw error
  })
  if (!store) return undefined
  return closingOnError(store, async () => {
    if (await isStoreCurrent(store, deps.schema)) return store
    await store.destroy()
    return undefined
  })
}

function missingText(label: string): string {
  return `La base de datos de la tienda ya no está (${label}) y se hace de nuevo. Lo que la tienda había cambiado solo queda en una copia de seguridad.`
}

async function makeReady(deps: ProvisionDependencies, tenant: StoreTenant): Promise<StoreDatabase> {
  await makeSchema(deps, tenant)
  const place = needsUser(deps.stores, tenant) ? await recordCredentials(deps, tenant) : tenant.place
  await deps.stores.makeUser(place)
  const store = await withGeneric(await deps.stores.open(place, forAsLongAsItTakes), tenant)
  return closingOnError(store, async () => {
    await markReady(deps, tenant)
    return store
  })
}

/** For a place among the databases that may be open. */
interface Patience {
  readonly waitSeconds: number
}

/** A copy may hold its store's database for an hour, and others may wait for that. */
const forAsLongAsItTakes: Patience = { waitSeconds: Number.POSITIVE_INFINITY }

async function makeSchema(
  { stores, schema, log }: ProvisionDependencies,
  { place, isReady, companyId }: StoreTenant,
): Promise<void> {
  await using db = await stores.create(place)
  if (isReady && (await readStoreMigrations(db)).size === 0)
    log?.error({ event: 'store_missing', company: companyId }, missingText(stores.labelOf(place)))
  if (!isReady && place.layout !== 'central') await refuseForeign(db, stores.labelOf(place), place.layout)
  await migrateStore(db, schema)
}

/** A store in the database that all share has nothing that a user of its own could be kept to. */
function needsUser(stores: StoreDatabases, { place }: StoreTenant): boolean {
  return stores.hasOwnUsers && place.user === null && place.name !== null && place.layout === null
}

function withGeneric(store: StoreDatabase, { companyId }: StoreTenant): Promise<StoreDatabase> {
  return closingOnError(store, async () => {
    await addGenericProduct(store, companyId)
    return store
  })
}

async function closingOnError<Result>(store: StoreDatabase, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    await store.destroy()
    throw error
  }
}

/** What the counter sells when a product has no code yet; its stock stands for «without end». */
async function addGenericProduct(store: StoreDatabase, companyId: number): Promise<void> {
  const generic = {
    company_id: companyId,
    item_father_id: 0,
    sku: genericSku,
    name: 'PRODUCTO GENERICO',
    stock: 999_999,
    cost: 0,
    price: 0,
    taxId: null,
    categoryId: null,
    img_path: null,
    price_strategy: null,
    content_hash: null,
  }
  await upsert(store, 'tat_items', { rows: [generic], key: productKey, update: [] })
}

/** No product of the distributor may have this SKU in a store. */
export const genericSku = 'GENERICO'

async function markReady(
  { central, schema = currentStoreSchema }: ProvisionDependencies,
  { id, isReady, schemaVersion }: StoreTenant,
): Promise<void> {
  if (isReady && schemaVersion === schema.version) return
  await central
    .transaction()
    .execute((trx) =>
      trx
        .updateTable('tenants')
        .set({ database_setup: 1, schema_version: schema.version })
        .where('id', '=', id)
        .execute(),
    )
}
