import { randomUUID } from 'node:crypto'
import { createQueue, type JobDefinition, type Queue } from '@surtidor/queue'
import type { LogEvent } from 'kysely'
import { type Logger, pino } from 'pino'
import { registerStore } from '../../src/companies/register-store.ts'
import { parseStoreForm, type StoreForm } from '../../src/companies/store-form.ts'
import type { GivenUser } from '../../src/companies/store-user.ts'
import {
  type CopyContext,
  type CopyRequest,
  copyProducts,
  copyProductsToClientJob,
} from '../../src/copy/copy-products-job.ts'
import type { CopyMemory } from '../../src/copy/pages/copy-memory.ts'
import { openStoreOfRun } from '../../src/copy/runs/run-store.ts'
import { findCompany, findRun, type RunProgress, startRun } from '../../src/copy/runs/runs.ts'
import { type CentralDatabase, openCentral } from '../../src/database/open-central.ts'
import type { DatabaseAddress } from '../../src/database/open-database.ts'
import { migrateCentral } from '../../src/migrations/migrate.ts'
import { openChannels } from '../../src/notifications/channels.ts'
import {
  type DeliverDependencies,
  deliverNotificationsJob,
  type WakeSender,
  wakeSender,
} from '../../src/notifications/deliver-notifications-job.ts'
import type { NotificationSettings } from '../../src/notifications/notification-settings.ts'
import { continueBatchOf } from '../../src/sync/continue-batches.ts'
import { CredentialSeal } from '../../src/tenancy/credential-seal.ts'
import { ensureDefaultDistributor } from '../../src/tenancy/distributor.ts'
import { type StoreDatabase, type StoreDatabaseOptions, StoreDatabases } from '../../src/tenancy/store-databases.ts'
import type { StorePlace } from '../../src/tenancy/store-hosting.ts'
import { findStoreTenantOf, type StoreTenant } from '../../src/tenancy/store-tenants.ts'
import { addProducts } from './added-products.ts'
import { type BedDriver, type BedPlace, placeFor } from './bed-place.ts'

/** A whole system in a folder of its own, for tests: disposing of it removes everything. */
export class TestBed implements AsyncDisposable {
  readonly central: CentralDatabase
  readonly stores: StoreDatabases
  readonly queue: Queue
  readonly copyProducts: JobDefinition<CopyRequest>
  /** Undefined where nobody sends messages: they stay in the outbox, and no job is dispatched for them. */
  readonly wakeSender: WakeSender | undefined
  readonly notifications: DeliverDependencies
  readonly distributorId: string
  /** Text of every statement on the central and the store databases since the last `clear`. */
  readonly statements: string[]
  readonly logged: LoggedLine[]
  readonly log: Logger
  /** After each page, so that tests have a place to do something. */
  readonly renewEveryMs = 0
  readonly memory: CopyMemory | undefined
  readonly #place: BedPlace
  #lastIdentification = 10_000

  private constructor(parts: Parts) {
    this.central = parts.central
    this.stores = parts.stores
    this.queue = parts.queue
    this.copyProducts = parts.copyProducts
    this.notifications = parts.notifications
    this.wakeSender = parts.wakeSender
    this.distributorId = parts.distributorId
    this.statements = parts.statements
    this.logged = parts.logged
    this.log = parts.log
    this.memory = parts.memory
    this.#place = parts.place
  }

  /**
   * On servers in a database of its own, which is dropped in the end with those of its stores and their users. Without a memory
   * every copy reads everything.
   */
  static async open(
    driver: BedDriver | BedPlace = 'sqlite',
    { memory, notifications: settings, ...options }: BedOptions = {},
  ): Promise<TestBed> {
    const statements: string[] = []
    const logged: LoggedLine[] = []
    const see = (event: LogEvent) => void statements.push(event.query.sql)
    const log = pino({ base: null, timestamp: false }, { write: (line) => void logged.push(JSON.parse(line)) })
    const place = typeof driver === 'string' ? await placeFor(driver) : driver
    const central = await openCentral(place.address, { log: see })
    const { installation } = place
    const stores = new StoreDatabases(place.hosting, { installation, log: see, seal: newSeal(), ...options })
    await migrateCentral(central)
    const notifications = notificationParts({ central, log, queue: () => queue }, settings)
    const waking = settings ? { wakeSender: wakeSender(notifications) } : { wakeSender: undefined }
    const afterRun = (companyId: number) => continueBatchOf({ central, stores, queue, copyProducts, log }, companyId)
    const copyProducts = copyProductsToClientJob({ central, stores, log, memory, afterRun, ...waking })
    const queue = createQueue({
      connection: place.connection,
      jobs: [copyProducts, deliverNotificationsJob(notifications)],
    })
    await queue.migrate()
    const distributorId = await ensureDefaultDistributor(central)
    const parts = { place, central, stores, queue, copyProducts, distributorId, statements, logged, log, memory }
    return new TestBed({ ...parts, ...waking, notifications })
  }

  /** Active products with category, tax and price, named by their place: SKU-1, SKU-2 … */
  async addProducts(last: number, first = 1, distributorId = this.distributorId): Promise<void> {
    await addProducts(this.central, distributorId, { first, last })
  }

  /** Registers a store with an identification and an e-mail address that nobody has. */
  async register(distributorId = this.distributorId): Promise<GivenUser & { readonly companyId: number }> {
    this.#lastIdentification += 1
    const form = storeForm(this.#lastIdentification)
    const { companyId, user } = await registerStore(this, { form, distributorId })
    if (!user) throw new Error(`store ${companyId} was given no user`)
    return { companyId, ...user }
  }

  /** Statements beside those that write the products and outcomes of pages: on SQLite these have fifty rows each. */
  get statementsBesideRows(): number {
    const isOfRows = /^insert into "(tat_items" \("item_father_id"|copy_outcomes")/
    return this.statements.filter((text) => !isOfRows.test(text)).length
  }

  get address(): DatabaseAddress {
    return this.#place.address
  }

  get installation(): string {
    return this.#place.installation
  }

  /** The stores as another process with these settings sees them. */
  storesWith(options: BedOptions): StoreDatabases {
    const { hosting, installation } = this.#place
    return new StoreDatabases(hosting, { installation, seal: newSeal(), ...options })
  }

  /** The stores as a process sees them whose database user is that of a store. */
  storesAs({ user, password }: StorePlace): StoreDatabases {
    if (user === null || password === null) throw new Error('the store has no user of its own')
    const hosting = this.#place.hostingAs({ user, password: newSeal().open(password, user) })
    return new StoreDatabases(hosting, { installation: this.installation, seal: newSeal(), users: 'own' })
  }

  async addDistributor(): Promise<string> {
    const id = randomUUID()
    await this.central.insertInto('tenants').values({ id, kind: 'distributor', name: 'Otra distribuidora' }).execute()
    return id
  }

  async tenantOf(companyId: number): Promise<StoreTenant> {
    return findStoreTenantOf(this.central, companyId)
  }

  /** Runs the job of a run once, outside the queue. */
  async copy(
    run: { readonly runId: number; readonly companyId: number },
    context: Partial<CopyContext> = {},
  ): Promise<void> {
    const { runId, companyId } = run
    const { jobUuid } = await this.run(runId)
    const company = await findCompany(this.central, companyId)
    const request = { companyId, runId, tenantId: company?.tenantId ?? null }
    await copyProducts(this, request, { ...idleContext(jobUuid), ...context })
  }

  /** Copies once more, outside the queue, and answers what that did. */
  async copyAgain(companyId: number, context: Partial<CopyContext> = {}): Promise<RunProgress> {
    const { id } = await startRun(this, companyId)
    await this.copy({ runId: id, companyId }, context)
    return this.run(id)
  }

  async run(runId: number): Promise<RunProgress> {
    const run = await findRun(this.central, runId)
    if (!run) throw new Error(`run ${runId} is missing`)
    return run
  }

  /** The caller disposes of it. */
  async store(runId: number): Promise<StoreDatabase> {
    const store = await openStoreOfRun(this, runId)
    if (!store) throw new Error(`the store of run ${runId} is missing`)
    return store
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.queue[Symbol.asyncDispose]()
    const users = await this.central.selectFrom('tenants').select('db_user').where('db_user', 'is not', null).execute()
    await this.central.destroy()
    await this.#place[Symbol.asyncDispose]()
    await this.#place.dropUsers(users.flatMap(({ db_user }) => db_user ?? []))
  }
}

function notificationParts(
  parts: Pick<DeliverDependencies, 'central' | 'queue'> & { readonly log: Logger },
  settings: NotificationSettings = silentSettings,
): DeliverDependencies {
  return { ...parts, settings, channels: openChannels(settings, parts.log), canWait: true, random: () => 0.5 }
}

/** Mail into the log, at any time of the day. */
export const silentSettings: NotificationSettings = {
  appUrl: 'https://tiendas.example',
  locale: 'es',
  quietHours: undefined,
  mail: { mailer: 'log' },
  webhook: undefined,
}

function newSeal(): CredentialSeal {
  return new CredentialSeal(['the key of all tests'])
}

export type BedOptions = Pick<StoreDatabaseOptions, 'layout' | 'users' | 'mostOpen' | 'log'> & {
  readonly memory?: CopyMemory
  /** How messages are sent; nobody is told of them without it. */
  readonly notifications?: NotificationSettings
}

export function storeForm(identification: number): StoreForm {
  const result = parseStoreForm({
    name: `Tienda ${identification}`,
    identification: String(identification),
    email: `tienda${identification}@ejemplo.co`,
  })
  if (!result.ok) throw new Error('the form of the test is wrong')
  return result.form
}

export function idleContext(uuid: string = randomUUID()): CopyContext {
  return { uuid, signal: new AbortController().signal, renew: async () => undefined }
}

type LoggedLine = Readonly<Record<string, unknown>> & { readonly msg: string }

interface Parts {
  readonly memory: CopyMemory | undefined
  readonly place: BedPlace
  readonly central: CentralDatabase
  readonly stores: StoreDatabases
  readonly queue: Queue
  readonly copyProducts: JobDefinition<CopyRequest>
  readonly wakeSender: WakeSender | undefined
  readonly notifications: DeliverDependencies
  readonly distributorId: string
  readonly statements: string[]
  readonly logged: LoggedLine[]
  readonly log: Logger
}
