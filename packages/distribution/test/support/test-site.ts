import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createQueue, type JobDefinition, type Queue } from '@surtidor/queue'
import { sqlite } from '@surtidor/queue/sqlite'
import { type Insertable, sql, type Updateable } from 'kysely'
import { pino } from 'pino'
import { type CopyRequest, copyProductsToClientJob } from '../../src/copy/copy-products-job.ts'
import type { CopyRunsTable } from '../../src/database/central-tables.ts'
import { type CentralDatabase, openCentral } from '../../src/database/open-central.ts'
import type { StoreItemsTable, StoreTables } from '../../src/database/store-tables.ts'
import { createHttpApp, type HttpApp, type HttpDependencies } from '../../src/http-app.ts'
import type { Locale } from '../../src/i18n/locale.ts'
import { migrateCentral, migrateStore } from '../../src/migrations/migrate.ts'
import { publish } from '../../src/sync/publish.ts'
import { sqliteHosting } from '../../src/tenancy/sqlite-hosting.ts'
import { StoreDatabases } from '../../src/tenancy/store-databases.ts'
import { here } from '../../src/tenancy/store-hosting.ts'

const origin = 'http://localhost:3000'

/** A whole site on files of its own, with what tests say in short: rows as they are, moved by plain statements. */
export class TestSite implements AsyncDisposable {
  readonly dependencies: HttpDependencies
  readonly central: CentralDatabase
  readonly stores: StoreDatabases
  readonly queue: Queue
  readonly app: HttpApp
  /** What was logged, one line each. */
  readonly logged: readonly string[]
  readonly #folder: string

  private constructor(dependencies: HttpDependencies, logged: readonly string[], folder: string) {
    this.dependencies = dependencies
    this.central = dependencies.central
    this.stores = dependencies.stores
    this.queue = dependencies.queue
    this.app = createHttpApp(dependencies)
    this.logged = logged
    this.#folder = folder
  }

  static async open(locale: Locale = 'es'): Promise<TestSite> {
    const folder = await mkdtemp(join(tmpdir(), 'surtidor-http-'))
    const path = join(folder, 'central.sqlite')
    const central = await openCentral({ driver: 'sqlite', path })
    await migrateCentral(central)
    await central
      .insertInto('tenants')
      .values({ ...distributor })
      .execute()
    const stores = new StoreDatabases(sqliteHosting(join(folder, 'tenants')))
    const logged: string[] = []
    const log = pino({}, { write: (line) => logged.push(line) })
    const copyProducts: JobDefinition<CopyRequest> = copyProductsToClientJob({ central, stores, log })
    const queue = createQueue({ connection: sqlite(path), jobs: [copyProducts] })
    await queue.migrate()
    const distributorId = async () => distributor.id
    return new TestSite({ central, stores, queue, copyProducts, log, locale, distributorId }, logged, folder)
  }

  async get(path: string, headers: Record<string, string> = {}): Promise<Response> {
    return this.app.request(`${origin}${path}`, { headers })
  }

  /** As a form on one of our own pages would. */
  async post(
    path: string,
    fields: Record<string, string> = {},
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const body = new URLSearchParams(fields)
    return this.app.request(`${origin}${path}`, { method: 'POST', body, headers: { origin, ...headers } })
  }

  /** A registered store without a database, its user with a password; answers the company's id. */
  async addStore(name: string, identification = `${Math.floor(Math.random() * 1e9) + 1e8}`): Promise<number> {
    const companyId = await this.addClient(name, identification)
    const { id: contactId } = await this.central
      .selectFrom('vnt_contacts')
      .innerJoin('vnt_warehouses', 'vnt_warehouses.id', 'vnt_contacts.warehouseId')
      .where('vnt_warehouses.companyId', '=', companyId)
      .select('vnt_contacts.id')
      .executeTakeFirstOrThrow()
    const email = `tienda${identification}@example.com`
    await this.central
      .insertInto('users')
      .values({ name, email, password: 'x', phone: null, profile_id: 17, contact_id: contactId })
      .execute()
    await this.central
      .insertInto('tenants')
      .values({
        id: randomUUID(),
        kind: 'store',
        name,
        company_id: companyId,
        db_name: `store_${companyId}`,
        ...noHost,
      })
      .execute()
    return companyId
  }

  /** A client without a user, with warehouse and contact; answers the company's id. */
  async addClient(name: string, identification = `${Math.floor(Math.random() * 1e9) + 1e8}`): Promise<number> {
    const company = await this.central
      .insertInto('vnt_companies')
      .values({
        ...companyDefaults,
        tenant_id: distributor.id,
        businessName: name,
        firstName: name,
        identification,
        billingEmail: `tienda${identification}@example.com`,
      })
      .returning('id')
      .executeTakeFirstOrThrow()
    const place = { address: null, city: null, district: null, postcode: null, main: 1 }
    const warehouse = await this.central
      .insertInto('vnt_warehouses')
      .values({ companyId: company.id, name: 'Principal', ...place })
      .returning('id')
      .executeTakeFirstOrThrow()
    await this.central
      .insertInto('vnt_contacts')
      .values({ warehouseId: warehouse.id, firstName: name, lastName: null, email: null, phone_contact: null })
      .execute()
    return company.id
  }

  async addRun(companyId: number, run: Partial<Insertable<CopyRunsTable>> = {}): Promise<number> {
    const tenant = await this.central
      .selectFrom('tenants')
      .select('id')
      .where('company_id', '=', companyId)
      .executeTakeFirstOrThrow()
    const row = { company_id: companyId, tenant_id: distributor.id, store_tenant_id: tenant.id, job_uuid: randomUUID() }
    const { id } = await this.central
      .insertInto('copy_runs')
      .values({ ...row, total: null, error: null, started_at: null, finished_at: null, ...run })
      .returning('id')
      .executeTakeFirstOrThrow()
    return id
  }

  async moveRun(id: number, change: Updateable<CopyRunsTable>): Promise<void> {
    await this.central.updateTable('copy_runs').set(change).where('id', '=', id).execute()
  }

  /** A publication to all stores that were added so far; answers its number. */
  async addBatch(): Promise<number> {
    await this.central.updateTable('tenants').set({ database_setup: 1 }).where('kind', '=', 'store').execute()
    const { id } = await publish(this.dependencies, { distributorId: distributor.id, revision: 'a' })
    return id
  }

  /** Makes the store's database and hands it to `fill`. */
  async fillStore(companyId: number, fill: (database: StoreDatabaseHandle) => Promise<unknown>): Promise<void> {
    await using database = await this.stores.create(here(`store_${companyId}`))
    await migrateStore(database)
    await fill(database)
    await this.central.updateTable('tenants').set({ database_setup: 1 }).where('company_id', '=', companyId).execute()
  }

  /** Straight into `failed_jobs`; answers the uuid. */
  async addFailedJob(job: { name: string; data: unknown; exception: string; handler?: string }): Promise<string> {
    const uuid = randomUUID()
    const { name, handler = name, data } = job
    const payload = JSON.stringify({ uuid, displayName: name, job: handler, maxTries: 3, data })
    await sql`insert into failed_jobs (uuid, connection, queue, payload, exception)
      values (${uuid}, 'database', 'default', ${payload}, ${job.exception})`.execute(this.central)
    return uuid
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.queue[Symbol.asyncDispose]()
    await this.central.destroy()
    await rm(this.#folder, { recursive: true, force: true })
  }
}

type StoreDatabaseHandle = Awaited<ReturnType<StoreDatabases['open']>>

/** A product of a store as tests need it. */
export function storeItem(
  companyId: number,
  item: Partial<Insertable<StoreItemsTable>>,
): Insertable<StoreTables['tat_items']> {
  return {
    item_father_id: 1,
    company_id: companyId,
    sku: 'ARROZ-500',
    name: 'Arroz Diana 500 g',
    taxId: null,
    categoryId: null,
    img_path: null,
    cost: 2100,
    price: 3000,
    price_strategy: 'margin-30@1',
    content_hash: null,
    deleted_at: null,
    ...item,
  }
}

const noHost = { email: null, db_host: null, db_port: null } as const

/** The distributor of every test site. */
export const distributor = {
  id: '00000000-0000-4000-8000-000000000001',
  kind: 'distributor',
  name: 'Distribuidora de prueba',
  company_id: null,
  db_name: null,
  ...noHost,
} as const

const companyDefaults = {
  lastName: null,
  secondName: null,
  secondLastName: null,
  typeIdentificationId: 1,
  verification_digit: null,
  type: 'CLIENTE',
  typePerson: 'PERSON_ENTITY',
  code_ciiu: null,
  regimeId: 2,
  fiscalResponsabilityId: 1,
  deleted_at: null,
} as const
