import { randomInt } from 'node:crypto'
import { dirname, join } from 'node:path'
import { sql } from 'kysely'
import { type Application, openApplication } from '../../../src/app.ts'
import { registerStore } from '../../../src/companies/register-store.ts'
import { parseStoreForm } from '../../../src/companies/store-form.ts'
import { copyProducts } from '../../../src/copy/copy-products-job.ts'
import type { CopyRequest } from '../../../src/copy/copy-request.ts'
import type { CopyMemory } from '../../../src/copy/pages/copy-memory.ts'
import { verifyRun } from '../../../src/copy/verify/verify.ts'
import { SharedMemory } from '../../../src/sync/shared-memory.ts'
import { findDistributor } from '../../../src/tenancy/distributor.ts'
import { provisionStore } from '../../../src/tenancy/provision-store.ts'
import { ourConfig } from '../databases/our-config.ts'
import type { Databases, Place } from '../databases/place.ts'
import { type Copied, type CopyWorker, timed } from './contender.ts'

/**
 * The application's own job, for a store that has just been registered. Its tables are made and the distributor's database is
 * connected to before the clock starts, as everyone else's are; the store's own connection comes after that. The clock stops
 * when the run is completed: what the job notes for the next copy comes later.
 */
export async function openWorker({ source, target: first }: Ends): Promise<CopyWorker> {
  const folder = first.database === 'sqlite' ? dirname(first.file) : undefined
  const app = await openApplication(ourConfig(source, folder))
  await connectAll(app)
  const runs = new Map<number | undefined, number>()
  return {
    async copyOnce({ target }) {
      const store = await openStore(app, { source, target })
      const { companyId, runId } = store.request
      runs.set(companyId, runId)
      // As if nobody had read the catalogue before.
      const copied = await timeCopy({ ...app, memory: new SharedMemory() }, store)
      return { ...copied, target: store.place, companyId }
    },
    verifyOnce: ({ companyId = 0 }) => timeVerify(app, { companyId, runId: runs.get(companyId) ?? 0 }),
    [Symbol.asyncDispose]: () => app[Symbol.asyncDispose](),
  }
}

/** A worker that is at work has its connections. */
export async function connectAll({ central }: Application): Promise<void> {
  await Promise.all(Array.from({ length: 4 }, () => sql`select 1`.execute(central)))
}

export interface OpenedStore {
  /** What the job carries. */
  readonly request: Required<CopyRequest>
  readonly place: Place
  /** Of the job that carries its next copy. */
  readonly jobUuid: string
}

/** Registers a store at the place and makes its tables. */
export async function openStore(app: Application, ends: Ends): Promise<OpenedStore> {
  const request = await register(app)
  const run = await runOf(app, request.runId)
  const place = await placeStore(app, run, ends)
  await (await provisionStore(app, run.tenantId)).destroy()
  return { request, place, jobUuid: run.jobUuid }
}

/** With what it has read for other stores, unless another memory is given. */
type CopyingApplication = Application & { readonly memory?: CopyMemory }

/** Runs the copy that waits for the store, to the end of its run. */
export async function timeCopy(app: CopyingApplication, { request, jobUuid }: OpenedStore): Promise<Copied> {
  const context = { uuid: jobUuid, signal: new AbortController().signal, renew: async () => undefined }
  const { promise: finished, resolve } = Promise.withResolvers<void>()
  const log = {
    info: (facts: object) => void ('event' in facts && facts.event === 'finished' && resolve()),
    error: resolve,
  }
  let whole = Promise.resolve()
  const copied = await timed(() => {
    whole = copyProducts({ ...app, log }, request, context)
    return Promise.race([finished, whole])
  })
  await whole
  return copied
}

type Copy = Pick<OpenedStore['request'], 'companyId' | 'runId'>

/** What `copy:verify` does once it has the run; throws where it finds a difference. */
async function timeVerify(app: Application, { companyId, runId }: Copy): Promise<number> {
  const startedAt = performance.now()
  const found = await verifyRun(app, { id: runId, companyId })
  const milliseconds = performance.now() - startedAt
  if (!found || found.checked === 0 || found.missing + found.duplicated + found.altered > 0)
    throw new Error(`The oracle found ${JSON.stringify(found)}.`)
  return milliseconds
}

async function register(app: Application): Promise<OpenedStore['request']> {
  const identification = String(randomInt(10_000_000, 99_999_999))
  const email = `tienda${identification}@example.co`
  const answer = parseStoreForm({ name: `Tienda ${identification}`, identification, email })
  if (!answer.ok) throw new Error('The form of the bench is wrong.')
  const { id: distributorId } = await findDistributor(app.central)
  const { companyId, user } = await registerStore(app, { form: answer.form, distributorId })
  if (!user) throw new Error('The store was registered without a copy.')
  return { companyId, tenantId: distributorId, runId: user.runId }
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

export type Ends = Pick<Databases, 'source' | 'target'>
