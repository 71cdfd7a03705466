import { randomInt, randomUUID } from 'node:crypto'
import { dirname, join } from 'node:path'
import { type Application, openApplication } from '../../../src/app.ts'
import { type RegisteredStore, registerStore } from '../../../src/companies/register-store.ts'
import { parseStoreForm } from '../../../src/companies/store-form.ts'
import { readConfig } from '../../../src/config.ts'
import { copyProducts } from '../../../src/copy/copy-products-job.ts'
import { findDistributor } from '../../../src/tenancy/distributor.ts'
import { provisionStore } from '../../../src/tenancy/provision-store.ts'
import { type Databases, fileOf } from '../databases/place.ts'
import { type Copied, timed } from './contender.ts'

/**
 * The application's own job, for a store that has just been registered. Its database is made before the clock starts, as
 * everyone else's tables are.
 */
export async function copyOnce({ source, target }: Databases): Promise<Copied> {
  const file = fileOf(source)
  const folder = dirname(fileOf(target))
  await using app = await openApplication(readConfig({ LOG_LEVEL: 'error', DB_DATABASE: file }, folder))
  const store = await register(app)
  const run = await runOf(app, store)
  await (await provisionStore(app, run.tenantId)).destroy()
  const context = { uuid: run.jobUuid, signal: new AbortController().signal, renew: async () => undefined }
  const copied = await timed(() => copyProducts(app, { companyId: store.companyId }, context))
  const storeFile = join(app.config.tenantsFolder, `${run.database}.sqlite`)
  return { ...copied, target: { database: 'sqlite', file: storeFile }, companyId: store.companyId }
}

async function register(app: Application): Promise<RegisteredStore> {
  const identification = String(randomInt(10_000_000, 99_999_999))
  const form = parseStoreForm({
    name: `Tienda ${randomUUID()}`,
    identification,
    email: `tienda${identification}@example.co`,
  })
  if (!form.ok) throw new Error('The form of the bench is wrong.')
  return registerStore(app, { form: form.form, distributorId: (await findDistributor(app.central)).id })
}

function runOf({ central }: Application, { runId }: RegisteredStore) {
  return central
    .selectFrom('copy_runs as run')
    .innerJoin('tenants as store', 'store.id', 'run.store_tenant_id')
    .select(['run.job_uuid as jobUuid', 'store.id as tenantId', 'store.db_name as database'])
    .where('run.id', '=', runId)
    .executeTakeFirstOrThrow()
}
