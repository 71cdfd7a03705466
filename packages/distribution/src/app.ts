import { parse } from 'node:path'
import { type Connection, createQueue, type JobDefinition, type Queue, sync } from '@surtidor/queue'
import type { Config } from './config.ts'
import { type CopyRequest, copyProductsToClientJob } from './copy/copy-products-job.ts'
import { laravelCopyJobName } from './copy/copy-request.ts'
import { contact } from './database/first-contact.ts'
import { type CentralDatabase, openCentral } from './database/open-central.ts'
import type { OpenOptions } from './database/open-database.ts'
import { ApplicationError } from './errors.ts'
import { type Logger, logQueue, openLog } from './logging.ts'
import type { AdoptionOptions } from './migrations/adoption/adopt-central.ts'
import { migrateCentral, pendingCentralMigrations } from './migrations/migrate.ts'
import { openChannels } from './notifications/channels.ts'
import {
  type DeliverDependencies,
  deliverNotificationsJob,
  type WakeSender,
  wakeSender,
} from './notifications/deliver-notifications-job.ts'
import { continueBatchOf } from './sync/continue-batches.ts'
import { SharedMemory } from './sync/shared-memory.ts'
import { CredentialSeal } from './tenancy/credential-seal.ts'
import { ensureDefaultDistributor } from './tenancy/distributor.ts'
import { mysqlHosting } from './tenancy/mysql-hosting.ts'
import { postgresHosting } from './tenancy/postgres-hosting.ts'
import { sqliteHosting } from './tenancy/sqlite-hosting.ts'
import { StoreDatabases } from './tenancy/store-databases.ts'
import type { StoreHosting } from './tenancy/store-hosting.ts'

/** The parts of the running system, put together in one place; disposing of it closes them. */
export interface Application extends AsyncDisposable {
  readonly config: Config
  readonly central: CentralDatabase
  readonly stores: StoreDatabases
  readonly queue: Queue
  readonly copyProducts: JobDefinition<CopyRequest>
  readonly notifications: DeliverDependencies
  readonly wakeSender: WakeSender
  readonly log: Logger
}

/** Opens everything. A new, empty database is migrated; one that is behind is refused with the order to run. */
export async function openApplication(config: Config): Promise<Application> {
  const app = await openParts(config)
  try {
    const pending = await pendingCentralMigrations(app.central)
    if (pending.isNew) await migrateApplication(app)
    else if (pending.names.length > 0) throw new PendingMigrationsError(pending.names)
    // The first start may have been killed before this, or have had a queue without tables.
    else await app.queue.migrate()
    return app
  } catch (error) {
    await app[Symbol.asyncDispose]()
    throw error
  }
}

/** Opens everything without looking at the schema, for `migrate`. Throws `UnreachableCentralError`. */
export async function openParts(config: Config, options: OpenOptions = {}): Promise<Application> {
  const log = openLog(config)
  const central = await openCentral(config.database, options)
  await contact(central, config.database, () => connectDatabase(config))
  const stores = new StoreDatabases(hostingFor(config), {
    ...config.stores,
    installation: installationOf(config),
    seal: new CredentialSeal(config.laravel.keys ?? []),
  })
  const notifications = notificationParts(config, { central, log, queue: () => queue })
  const afterRun = (companyId: number) => continueBatchOf({ central, stores, queue, copyProducts, log }, companyId)
  const memory = new SharedMemory()
  const copying = { central, stores, log, memory, afterRun, wakeSender: wakeSender(notifications) }
  const copyProducts = copyProductsToClientJob(copying)
  const queue = createQueue({
    connection: await openConnection(config),
    jobs: [copyProducts, copyProductsToClientJob(copying, laravelCopyJobName), deliverNotificationsJob(notifications)],
    defaultQueue: config.queueName,
    unknownJobs: config.unknownJobs,
    laravel: config.laravel,
  })
  logQueue(queue, log)
  const close = async () => {
    await queue[Symbol.asyncDispose]()
    await central.destroy()
    log.flush()
  }
  return { config, ...copying, queue, copyProducts, notifications, [Symbol.asyncDispose]: close }
}

function notificationParts(
  { notifications, queueConnection }: Config,
  parts: Pick<DeliverDependencies, 'central' | 'queue'> & { readonly log: Logger },
): DeliverDependencies {
  const canWait = queueConnection !== 'sync'
  return { ...parts, settings: notifications, channels: openChannels(notifications, parts.log), canWait }
}

/** Brings the central database and the queue's tables to the current schema, also those of the original application where that
 * is asked for; safe to run again. */
export async function migrateApplication(
  { central, queue }: Application,
  options: AdoptionOptions = {},
): Promise<readonly string[]> {
  const ran = await migrateCentral(central, options)
  await queue.migrate()
  await ensureDefaultDistributor(central)
  return ran
}

async function openConnection(config: Config): Promise<Connection> {
  const { queueConnection, retryAfterSeconds } = config
  return queueConnection === 'sync' ? sync({ retryAfter: retryAfterSeconds }) : connectDatabase(config)
}

async function connectDatabase({ database, retryAfterSeconds }: Config): Promise<Connection> {
  const options = { retryAfter: retryAfterSeconds }
  if (database.driver === 'sqlite') return (await import('@surtidor/queue/sqlite')).sqlite(database.path, options)
  const { driver, ...address } = database
  if (driver === 'mysql') return (await import('@surtidor/queue/mysql')).mysql(address, options)
  return (await import('@surtidor/queue/postgres')).postgres(address, options)
}

/** Stores have the same kind of database as the centre. */
function hostingFor({ database, tenantsFolder }: Config): StoreHosting {
  if (database.driver === 'sqlite') return sqliteHosting(tenantsFolder)
  return database.driver === 'mysql' ? mysqlHosting(database) : postgresHosting(database)
}

function installationOf({ database }: Config): string {
  return database.driver === 'sqlite' ? parse(database.path).name : database.database
}

export class PendingMigrationsError extends ApplicationError {
  readonly code = 'PENDING_MIGRATIONS'

  constructor(names: readonly string[]) {
    super({
      es: `A la base de datos le faltan migraciones (${names.join(', ')}). Ejecute ./surtidor migrate.`,
      en: `The database lacks migrations (${names.join(', ')}). Run ./surtidor migrate.`,
    })
  }
}
