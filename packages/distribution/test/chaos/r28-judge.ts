import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import type { Receipt } from '../../src/copy/pages/receipt.ts'
import { sumOf } from '../../src/copy/pages/receipt.ts'
import { latestRun, type RunProgress } from '../../src/copy/runs/runs.ts'
import { verifyRun } from '../../src/copy/verify/verify.ts'
import type { StoreDatabase } from '../../src/tenancy/store-databases.ts'
import type { CopyStage } from './r28-stage.ts'

export interface Judgement {
  readonly figures: Readonly<Record<string, number>>
  readonly violations: readonly string[]
}

/**
 * Compares each store with the catalogue, which nobody changes any more and which was copied once more since: nothing is
 * missing, duplicated or altered; the products that are sold are the active ones, and GENERICO; every run has one receipt,
 * which is finished and tells the truth about the rows.
 */
export async function judgeStores(stage: CopyStage): Promise<Judgement> {
  const active = await activeIds(stage)
  const sums = { rows: 0, runs: 0, missing: 0, duplicated: 0, altered: 0 }
  const violations: string[] = []
  for (const companyId of stage.companies) {
    const run = await latestRun(stage.bed.central, companyId)
    if (!run) violations.push(`Store ${companyId} has no run.`)
    else violations.push(...(await judgeStore(stage, { companyId, run, active, sums })))
  }
  return { figures: sums, violations }
}

interface StoreLook {
  readonly companyId: number
  readonly run: RunProgress
  readonly active: readonly number[]
  readonly sums: { rows: number; runs: number; missing: number; duplicated: number; altered: number }
}

async function judgeStore(stage: CopyStage, { companyId, run, active, sums }: StoreLook): Promise<readonly string[]> {
  if (run.state !== 'completed') return [`The last run of store ${companyId} is ${run.state}: ${run.error}.`]
  const found = await verifyRun(stage.bed, run)
  if (!found) return [`Store ${companyId} has no trace of run ${run.id}.`]
  await using store = await stage.bed.store(run.id)
  const sold = await soldIds(store)
  const runs = await runsOf(stage, companyId)
  const { missing, duplicated, altered, details } = found
  for (const [name, value] of Object.entries({ missing, duplicated, altered, rows: sold.length, runs: runs.length }))
    sums[name as keyof typeof sums] += value
  const problems = [
    ...details.slice(0, 3).map((detail) => `Of store ${companyId}: ${JSON.stringify(detail)}.`),
    ...(missing + duplicated + altered > 0 ? [`${missing} missing, ${duplicated} duplicated, ${altered} altered`] : []),
    ...(sold.join() === active.join() ? [] : [`${sold.length} products are sold, and ${active.length} are active`]),
    ...(await once(store, `from tat_items where item_father_id = 0`, 'GENERICO')),
    ...(await repeatedCategories(store)),
    ...(await receiptProblems(store, runs)),
    ...(await brokenFile(stage, store)),
  ]
  return problems.map((problem) => `Store ${companyId}: ${problem}.`)
}

async function activeIds({ bed }: CopyStage): Promise<readonly number[]> {
  const rows = await bed.central
    .selectFrom('inv_items')
    .select('id')
    .where('status', '=', 1)
    .where('deleted_at', 'is', null)
    .orderBy('id')
    .execute()
  return rows.map(({ id }) => id)
}

async function soldIds(store: StoreDatabase): Promise<readonly number[]> {
  const rows = await store
    .selectFrom('tat_items')
    .select('item_father_id as id')
    .where('item_father_id', '>', 0)
    .where('source_state', '=', 'active')
    .orderBy('item_father_id')
    .execute()
  return rows.map(({ id }) => id)
}

async function once(store: StoreDatabase, from: string, name: string): Promise<readonly string[]> {
  const { rows } = await sql<{ readonly times: number }>`select count(*) as times ${sql.raw(from)}`.execute(store)
  const times = Number(rows[0]?.times)
  return times === 1 ? [] : [`${name} is there ${times} times`]
}

async function repeatedCategories(store: StoreDatabase): Promise<readonly string[]> {
  const { rows } = await sql<{ readonly id: number }>`
    select source_category_id as id from tat_categories group by source_category_id having count(*) > 1`.execute(store)
  return rows.map(({ id }) => `category ${id} is there more than once`)
}

async function runsOf({ bed }: CopyStage, companyId: number) {
  return bed.central.selectFrom('copy_runs').selectAll().where('company_id', '=', companyId).orderBy('id').execute()
}

type RunRow = Awaited<ReturnType<typeof runsOf>>[number]

/** One finished receipt for each run, and none besides; its counts are those of its run, and of the rows it has made. */
async function receiptProblems(store: StoreDatabase, runs: readonly RunRow[]): Promise<readonly string[]> {
  const receipts = await store.selectFrom('copy_receipts').selectAll().execute()
  const made = await rowsByRun(store)
  const known = new Set(runs.map(({ id }) => id))
  return [
    ...receipts.filter(({ run_id }) => !known.has(run_id)).map(({ run_id }) => `run ${run_id} is not known`),
    ...runs.flatMap((run) => {
      const own = receipts.filter(({ run_id }) => run_id === run.id)
      const [receipt] = own
      if (receipt === undefined || own.length > 1) return [`run ${run.id} (${run.state}) has ${own.length} receipts`]
      return runProblems(run, receipt, made.get(run.id) ?? 0)
    }),
  ]
}

function runProblems(run: RunRow, receipt: Receipt, made: number): readonly string[] {
  const counts = ['total', 'copied', 'updated', 'unchanged', 'skipped', 'errors'] as const
  const isEnded = run.state === 'completed' || run.state === 'completed_with_errors'
  const isWhole = sumOf(receipt) === receipt.total || run.state === 'completed_with_errors'
  return [
    ...(isEnded ? [] : [`run ${run.id} is ${run.state}: ${run.error}`]),
    ...(receipt.status === 'done' ? [] : [`the receipt of run ${run.id} is ${receipt.status}`]),
    ...(isWhole ? [] : [`run ${run.id} has ${sumOf(receipt)} outcomes of ${receipt.total}`]),
    ...counts.filter((name) => run[name] !== receipt[name]).map((name) => `run ${run.id} shows another ${name}`),
    ...(receipt.copied === made ? [] : [`run ${run.id} tells of ${receipt.copied} of its rows, and has made ${made}`]),
  ]
}

async function rowsByRun(store: StoreDatabase): Promise<ReadonlyMap<number, number>> {
  const { rows } = await sql<{ readonly run: number; readonly made: number }>`
    select copied_run_id as run, count(*) as made
    from tat_items
    where item_father_id > 0
    group by copied_run_id`.execute(store)
  return new Map(rows.map(({ run, made }) => [run, Number(made)]))
}

async function brokenFile({ context }: CopyStage, store: StoreDatabase): Promise<readonly string[]> {
  if (context.driver !== 'sqlite') return []
  const { rows } = await sql<{ readonly integrity_check: string }>`pragma integrity_check`.execute(store)
  return rows.map((row) => row.integrity_check).filter((text) => text !== 'ok')
}

/** Everything that a delivery could change, as one text for each store and one for the runs. */
export async function snapshotOf(stage: CopyStage): Promise<readonly string[]> {
  const { central } = stage.bed
  const texts = [digest(await central.selectFrom('copy_runs').selectAll().orderBy('id').execute())]
  for (const companyId of stage.companies) {
    const run = await latestRun(central, companyId)
    if (!run) continue
    await using store = await stage.bed.store(run.id)
    const tables = [
      await store.selectFrom('tat_items').selectAll().orderBy('id').execute(),
      await store.selectFrom('tat_categories').selectAll().orderBy('id').execute(),
      await store.selectFrom('cnf_taxes').selectAll().orderBy('id').execute(),
      await store.selectFrom('copy_receipts').selectAll().orderBy('run_id').execute(),
      await store.selectFrom('copy_outcomes').selectAll().orderBy('id').execute(),
    ]
    texts.push(`${companyId}: ${tables.map(digest).join(' ')}`)
  }
  return texts
}

function digest(rows: readonly object[]): string {
  return createHash('sha256').update(JSON.stringify(rows)).digest('hex')
}
