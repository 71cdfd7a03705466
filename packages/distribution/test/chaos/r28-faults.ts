import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as wait } from 'node:timers/promises'
import { killInTurn } from '../../../queue/test/chaos/harness/killer.ts'
import { machineMs, readLedgers, type Stamp } from '../../../queue/test/chaos/harness/ledger.ts'
import type { Random } from '../../../queue/test/chaos/harness/random.ts'
import { comesTrue } from '../../../queue/test/support/eventually.ts'
import type { FaultProxy } from '../../../queue/test/support/fault-proxy.ts'
import { type CopyEvent, holdFile, orders } from './r28-program.ts'
import { type CopyStage, retryAfter } from './r28-stage.ts'

/** What happened to the workers; each fault counts when it has been felt. */
export interface Suffered {
  cuts: number
  /** Answers to a commit that did not arrive. */
  commitsCut: number
  /** Late workers that were refused by the receipt in the store. */
  zombies: number
  readonly violations: string[]
}

export interface FaultPlan {
  readonly random: Random
  /** Of the machine's clock: nothing new is begun after it. */
  readonly until: number
  readonly suffered: Suffered
}

/** Kills workers with SIGKILL, mostly such as run a copy. */
export async function killWorkers({ workers, context }: CopyStage, { random }: FaultPlan): Promise<void> {
  await killInTurn(workers, { kills: context.size.kills ?? 0, everyMs: { from: 400, to: 1_200 }, random })
}

/** Statements of a store in the transaction of a page: before, between and after its writes. */
const inPage = {
  read: 'select .item_father_id. as .id., .sku.',
  write: 'insert into "tat_items" .*"copied_run_id"',
  record: 'update .copy_receipts. set .cursor_id.',
} as const

/** Each transaction of a store ends with it, the page's too. */
const commit = 'commit\\0?$'

/** A run that throws four times fails for good, as it should: it is left alone before, also while one is not counted yet. */
const mostExceptions = 1
/** A statement that does not come leaves its place to another one. */
const cutSeconds = 3
/** Every so many cuts of a page, the answer to a commit is lost. */
const pagesPerCommit = 3

/** Severs connections in the middle of a page's transaction; where there are none, kills the process there. */
export async function cutPages(stage: CopyStage, plan: FaultPlan): Promise<void> {
  const { random, suffered } = plan
  const { cuts = 0 } = stage.context.size
  while (suffered.cuts < cuts && goesOn(plan)) {
    // The first is the one that only the common transaction of page and checkpoint outlives.
    const kind = suffered.cuts === 0 ? 'record' : random.pick(['read', 'write', 'record', 'record'] as const)
    if (await cutAt(stage, inPage[kind])) suffered.cuts += 1
    const isDue = suffered.commitsCut < Math.floor(suffered.cuts / pagesPerCommit)
    if (isDue && (await cutAt(stage, commit))) suffered.commitsCut += 1
  }
}

/** What is broken already needs no more proof. */
function goesOn({ until, suffered }: FaultPlan): boolean {
  return suffered.violations.length === 0 && machineMs() < until
}

async function mayThrow({ bed }: CopyStage): Promise<boolean> {
  const row = await bed.central
    .selectFrom('copy_runs')
    .select(({ fn }) => fn.max('exceptions').as('exceptions'))
    .where('active_company_id', 'is not', null)
    .executeTakeFirst()
  return Number(row?.exceptions ?? 0) <= mostExceptions
}

/** True once a connection or a process has ended right after such a statement. */
async function cutAt(stage: CopyStage, sql: string): Promise<boolean> {
  if (!(await comesTrue(() => mayThrow(stage), cutSeconds))) return false
  return stage.proxy ? cutConnection(stage.proxy, sql) : killAt(join(stage.context.folder, orders.cut), sql)
}

async function cutConnection(proxy: FaultProxy, sql: string): Promise<boolean> {
  const before = proxy.dropped
  proxy.dropReplyTo(new RegExp(sql, 's'))
  const isCut = await comesTrue(() => proxy.dropped > before, cutSeconds)
  if (!isCut) proxy.pass()
  return isCut
}

async function killAt(order: string, sql: string): Promise<boolean> {
  writeFileSync(order, sql)
  const isCut = await comesTrue(() => !existsSync(order), cutSeconds)
  rmSync(order, { force: true })
  return isCut
}

/** Of a hundred zombies, those whose successor has written nothing when they wake up: nothing but the epoch tells them. */
const heldPercent = 60
const roundSeconds = 30
/** Its successor has written pages by then, or has ended. */
const aheadMs = 300
/** Since a worker was stopped: its reservation is over, even if another one did not wait for that. */
const overMs = (retryAfter + 1) * 1000

/** Stops a worker between two pages until another has its copy, and lets it go on with the page that it has read. */
export async function wakeZombies(stage: CopyStage, plan: FaultPlan): Promise<void> {
  const { zombies = 0 } = stage.context.size
  for (let round = 1; plan.suffered.zombies < zombies && goesOn(plan); round += 1) {
    const isHeld = round === 1 || plan.random.chance(heldPercent)
    await playRound(stage, plan, { round, isHeld })
  }
}

interface Round {
  readonly round: number
  readonly isHeld: boolean
}

type Told<Event extends CopyEvent['event']> = Extract<CopyEvent, { readonly event: Event }> & Stamp

async function playRound(stage: CopyStage, { suffered }: FaultPlan, { round, isHeld }: Round): Promise<void> {
  const { folder } = stage.context
  const since = machineMs()
  const go = join(folder, `go-${round}`)
  writeFileSync(join(folder, orders.stop), go)
  const waits = await seen(stage, 'waits', ({ t }) => t > since)
  if (!waits) return
  const hold = holdFile(folder, waits.company)
  if (isHeld) writeFileSync(hold, '')
  await stopZombies(stage)
  const next = await seen(stage, 'claimed', takesOver(stage, waits))
  await wait(Math.max(isHeld ? 0 : aheadMs, waits.t + overMs - machineMs()))
  writeFileSync(go, '')
  for (const member of stage.zombies.members) member.signal('SIGCONT')
  const late = await seen(stage, 'came late', ({ pid, t }) => pid === waits.pid && t > waits.t)
  rmSync(hold, { force: true })
  // Nobody had taken it over: it was not late.
  if (next && late) judgeLate(stage, { late, since: Math.max(next.t, waits.t) }, suffered)
}

/** A job of the same run that was dispatched by hand waits for no reservation: it may have been faster than the stop. */
function takesOver({ told }: CopyStage, { run, pid, uuid, of }: Told<'waits'>) {
  const own = told.findLast((entry) => entry.event === 'claimed' && entry.uuid === uuid && entry.of === of)
  return (entry: Told<'claimed'>) => entry.run === run && entry.pid !== pid && entry.t > (own?.t ?? 0)
}

/** Stopped within a transaction it would hold the whole file of SQLite, and nobody could take its copy over. */
async function stopZombies({ zombies, bed }: CopyStage): Promise<void> {
  // On a busy machine who holds it needs a while to let it go, and nobody else writes until then.
  for (let pauseMs = 20; ; pauseMs = Math.min(2 * pauseMs, 2_000)) {
    for (const member of zombies.members) member.signal('SIGSTOP')
    if (bed.address.driver !== 'sqlite' || isFree(bed.address.path)) return
    for (const member of zombies.members) member.signal('SIGCONT')
    await wait(pauseMs)
  }
}

/** Others hold it for moments only. */
function isFree(path: string): boolean {
  using file = new DatabaseSync(path, { timeout: 500 })
  try {
    file.exec('begin immediate; rollback')
    return true
  } catch {
    return false
  }
}

interface Late {
  readonly late: Told<'came late'>
  readonly since: number
}

function judgeLate(stage: CopyStage, { late, since }: Late, suffered: Suffered): void {
  const { pid, uuid, of, code, hasAsked, run } = late
  const pages = stage.told.filter(
    (entry) => entry.event === 'page' && entry.pid === pid && entry.uuid === uuid && entry.of === of && entry.t > since,
  )
  const isRefused = code === 'LEASE_LOST' || code === 'superseded'
  if (pages.length > 0) suffered.violations.push(`A late worker wrote ${pages.length} pages of run ${run}.`)
  else if (!isRefused) suffered.violations.push(`A late worker was not refused in run ${run}: ${code}.`)
  // One that had no page left may be refused before it asks the store.
  else if (hasAsked) suffered.zombies += 1
}

/** The first that was told and fits; undefined when it takes too long. */
async function seen<Event extends CopyEvent['event']>(
  stage: CopyStage,
  event: Event,
  fits: (entry: Told<Event>) => boolean,
): Promise<Told<Event> | undefined> {
  const find = () =>
    stage.told.find((entry): entry is Told<Event> => entry.event === event && fits(entry as Told<Event>))
  return (await comesTrue(() => find() !== undefined, roundSeconds)) ? find() : undefined
}

/** Kills that hit a process which had begun with a copy and not ended it are the ledger's to count. */
export function ledgerOf({ context: { folder } }: CopyStage) {
  return ['worker', 'zombie', 'fleet'].flatMap((role) => readLedgers(folder, role)).sort((a, b) => a.t - b.t)
}
