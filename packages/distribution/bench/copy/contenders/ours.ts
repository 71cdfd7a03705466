import { randomInt } from 'node:crypto'
import { dirname, join } from 'node:path'
import { type Application, openApplication } from '../../../src/app.ts'
import { registerStore } from '../../../src/companies/register-store.ts'
import { parseStoreForm } from '../../../src/companies/store-form.ts'
import { copyProducts } from '../../../src/copy/copy-products-job.ts'
import { findDistributor } from '../../../src/tenancy/distributor.ts'
import { provisionStore } from '../../../src/tenancy/provision-store.ts'
import { ourConfig } from '../databases/our-config.ts'
import type { Databases, Place } from '../databases/place.ts'
import { type Copied, timed } from './contender.ts'

/**
 * The application's own job, for a store that has just been registered. Its tables are made before the clock starts, as
 * everyone else's are.
 */
export async function copyOnce({ source, target }: Databases): Promise<Copied> {
  const folder = target.database === 'sqlite' ? dirname(target.file) : undefined
  await using app = await openApplication(ourConfig(source, folder))
  const store = await register(app)
  const run = await runOf(app, store.runId)
  const place = await placeStore(app, run, { source, target })
  await (await provisionStore(app, run.tenantId)).destroy()
  const context = { uuid: run.jobUuid, signal: new AbortController().signal, renew: async () => undefined }
  const copied = await timed(() => copyProducts(app, { companyId: store.companyId }, context))
  return { ...copied, target: place, companyId: store.companyId }
}

async function register(app: Application) {
  const identification = String(randomInt(10_000_000, 99_999_999))
  const email = `tienda${identification}@example.co`
  const answer = parseStoreForm({ name: `Tienda ${identification}`, identification, email })
  if (!answer.ok) throw new Error('The form of the bench is wrong.')
  const { id: distributorId } = await findDistributor(app.central)
  const { companyId, user } = await registerStore(app, { form: answer.form, distributorId })
  if (!user) throw new Error('The store was registered without a copy.')
  return { companyId, runId: user.runId }
}

type Run = Awaited<ReturnType<typeof runOf>>

function runOf({ central }: Application, runId: number) {
  return central
    .selectFrom('copy_runs as run')
    .innerJoin('tenants as store', 'store.id', 'run.store_tenant_id')
    .select(['run.job_uuid as jobUuid', 'store.id as tenantId', 'store.db_name as name'])
    .where('run.id', '=', runId)
    .executeTakeFirstOrThrow()
}

/** Lets the store be where the bench wants it, as far as a store can be chosen a place; answers where that is. */
async function placeStore(app: Application, run: Run, { source, target }: Ends): Promise<Place> {
  const name = run.name ?? ''
  if (target.database === 'sqlite') {
    return { database: 'sqlite', file: join(app.config.tenantsFolder, `${name}.sqlite`) }
  }
  // A store on PostgreSQL is a schema of the central database.
  if (target.database === 'postgres') return source.database === 'sqlite' ? target : { ...source, schema: name }
  await app.central
    .updateTable('tenants')
    .set({ db_name: target.name, db_host: target.host, db_port: target.port })
    .where('id', '=', run.tenantId)
    .execute()
  return target
}

type Ends = Pick<Databases, 'source' | 'target'>
