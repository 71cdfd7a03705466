import { parse } from 'node:path'
import { createQueue, type JobDefinition, type Queue, sync } from '@surtidor/queue'
import { sqlite } from '@surtidor/queue/sqlite'
import type { Config } from './config.ts'
import { type CopyRequest, copyProductsToClientJob } from './copy/copy-products-job.ts'
import { laravelCopyJobName } from './copy/copy-request.ts'
import { type CentralDatabase, openCentral } from './database/open-central.ts'
import { ApplicationError } from './errors.ts'
import { type Logger, logQueue, openLog } from './logging.ts'
import { migrateCentral, pendingCentralMigrations } from './migrations/migrate.ts'
import { ensureDefaultDistributor } from './tenancy/distributor.ts'
import { StoreDatabases } from './tenancy/store-databases.ts'

/** The parts of the running system, put together in one place; disposing of it closes them. */
export interface Application extends AsyncDisposable {
  readonly config: Config
  readonly central: CentralDatabase
  readonly stores: StoreDatabases
  readonly queue: Queue
  readonly copyProducts: JobDefinition<CopyRequest>
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

/** Opens everything without looking at the schema, for `migrate`. */
export async function openParts(config: Config): Promise<Application> {
  const log = openLog(config)
  const central = await openCentral(config.databasePath)
  const stores = new StoreDatabases(config.tenantsFolder, { installation: parse(config.databasePath).name })
  const copyProducts = copyProductsToClientJob({ central, stores, log })
  const queue = createQueue({
    connection: openConnection(config),
    jobs: [copyProducts, copyProductsToClientJob({ central, stores, log }, laravelCopyJobName)],
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
  return { config, central, stores, queue, copyProducts, log, [Symbol.asyncDispose]: close }
}

/** Brings the central database and the queue's tables to the current schema; safe to run again. */
export async function migrateApplication({ central, queue }: Application): Promise<readonly string[]> {
  const ran = await migrateCentral(central)
  await queue.migrate()
  await ensureDefaultDistributor(central)
  return ran
}

function openConnection({ queueConnection, databasePath, retryAfterSeconds }: Config) {
  const connections = {
    database: () => sqlite(databasePath, { retryAfter: retryAfterSeconds }),
    sync: () => sync({ retryAfter: retryAfterSeconds }),
  }
  return connections[queueConnection]()
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
