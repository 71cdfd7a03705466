import assert from 'node:assert/strict'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { Installation, killAll } from '../support/installation.ts'

export interface KillPlan {
  readonly stores: number
  readonly products: number
}

export interface KillReport {
  /** Products in each store right after the kill that hit its copy; one kill per store. */
  readonly heldAfterKill: readonly number[]
  readonly workers: number
  readonly seconds: number
}

/**
 * Registers stores, kills the worker, with the process that runs its jobs, once in the middle of each copy, lets workers finish, and
 * checks with the oracle that every store holds every product once. A kill counts only when that store then holds some
 * products and not all of them.
 */
export async function killWorkers({ stores, products }: KillPlan): Promise<KillReport> {
  const startedAt = performance.now()
  using installation = new Installation({ DB_QUEUE_RETRY_AFTER: '2' })
  await prepare(installation, { stores, products })
  const held = new Map<number, number>()
  let registered = stores
  let workers = 0
  while (held.size < stores && workers < stores * 5) {
    workers += 1
    await killInTheMiddle(installation, { products, held })
    // A copy that ended before the kill came makes room for another store, so that the kills asked for are done.
    if (held.size < stores && !hasWork(installation)) await registerStore(installation, ++registered)
  }
  assert.equal(held.size, stores, 'as many stores as asked for were hit in the middle of their copy')
  workers += await drain(installation)
  await check(installation, registered)
  return { heldAfterKill: [...held.values()], workers, seconds: Math.round((performance.now() - startedAt) / 1000) }
}

async function prepare(installation: Installation, { stores, products }: KillPlan): Promise<void> {
  await succeed(installation, 'catalog:generate', 'catalog.csv', `--products=${products}`)
  await succeed(installation, 'catalog:import', 'catalog.csv')
  for (let number = 1; number <= stores; number += 1) await registerStore(installation, number)
}

async function registerStore(installation: Installation, number: number): Promise<void> {
  const words = [`--name=Tienda ${number}`, `--identification=${10_000_000 + number}`, `--email=t${number}@example.co`]
  await succeed(installation, 'store:create', ...words)
}

function hasWork(installation: Installation): boolean {
  return installation.central('select id from jobs limit 1').length > 0
}

interface Target {
  readonly products: number
  readonly held: Map<number, number>
}

async function killInTheMiddle(installation: Installation, { products, held }: Target): Promise<void> {
  const worker = installation.start('queue:work', '--stop-when-empty')
  const exited = once(worker, 'exit')
  const victim = await Promise.race([
    exited.then(() => undefined),
    findVictim(installation, { products, held }, worker),
  ])
  if (victim === undefined) return
  killAll(worker)
  await exited
  const count = copiedInto(installation, victim)
  if (count > 0 && count < products) held.set(victim, count)
}

/** A store whose copy has begun and was not hit yet; each next one is hit later in its copy, up to four fifths. */
async function findVictim(
  installation: Installation,
  { products, held }: Target,
  worker: { readonly exitCode: number | null },
): Promise<number | undefined> {
  const enough = 1 + products * 0.8 * ((held.size % 10) / 10)
  while (worker.exitCode === null) {
    for (const { company_id: id } of installation.central(`select company_id from copy_runs where state = 'running'`)) {
      const count = held.has(Number(id)) ? 0 : copiedInto(installation, Number(id))
      if (count >= enough && count < products) return Number(id)
    }
    await wait(2)
  }
  return undefined
}

function copiedInto(installation: Installation, companyId: number): number {
  try {
    const [row] = installation.store(companyId, 'select count(*) as total from tat_items where item_father_id > 0')
    return Number(row?.total)
  } catch {
    // The file is not made yet.
    return 0
  }
}

/** As cron would: a worker that ends when nothing is due, until no job is left. */
async function drain(installation: Installation): Promise<number> {
  const deadline = performance.now() + 300_000
  for (let workers = 0; ; workers += 1) {
    const [row] = installation.central('select count(*) as total from jobs')
    if (Number(row?.total) === 0) return workers
    assert.ok(performance.now() < deadline, 'the jobs are done within five minutes')
    await succeed(installation, 'queue:work', '--stop-when-empty')
    await wait(250)
  }
}

async function check(installation: Installation, stores: number): Promise<void> {
  const verified = await installation.run('copy:verify', '--all')
  assert.equal(verified.code, 0, verified.output + verified.errors)
  assert.deepEqual(installation.central('select * from failed_jobs'), [])
  const [source] = installation.central('select count(*) as total from inv_categories')
  for (let company = 1; company <= stores; company += 1) {
    const [categories] = installation.store(
      company,
      'select count(*) as total, count(distinct source_category_id) as kinds from tat_categories',
    )
    assert.deepEqual({ ...categories }, { total: source?.total, kinds: source?.total })
    const generic = installation.store(company, `select id from tat_items where sku = 'GENERICO'`)
    assert.equal(generic.length, 1)
  }
}

async function succeed(installation: Installation, ...words: readonly string[]): Promise<void> {
  const finished = await installation.run(...words)
  assert.equal(finished.code, 0, `${words.join(' ')}: ${finished.output}${finished.errors}`)
}

if (import.meta.main) {
  const report = await killWorkers({
    stores: Number(process.argv[2] ?? 20),
    products: Number(process.argv[3] ?? 50_000),
  })
  console.log(JSON.stringify(report))
}
