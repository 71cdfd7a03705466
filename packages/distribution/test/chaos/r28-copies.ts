import { resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { sql } from 'kysely'
import { killsThatHit } from '../../../queue/test/chaos/harness/checker.ts'
import { machineMs } from '../../../queue/test/chaos/harness/ledger.ts'
import { Random } from '../../../queue/test/chaos/harness/random.ts'
import type { Scenario, ScenarioContext, Verdict } from '../../../queue/test/chaos/harness/scenario.ts'
import { comesTrue } from '../../../queue/test/support/eventually.ts'
import { latestRun } from '../../src/copy/runs/runs.ts'
import { Editor } from './r28-editor.ts'
import { cutPages, killWorkers, ledgerOf, type Suffered, wakeZombies } from './r28-faults.ts'
import { copyGuards } from './r28-guards.ts'
import { judgeStores, snapshotOf } from './r28-judge.ts'
import { CopyStage } from './r28-stage.ts'

/** Stores are stocked while their workers are killed, cut off and stopped, each copy is dispatched thrice, and the source is edited. */
export const copies: Scenario = {
  id: 'R28',
  title: 'every store has each product once, whatever becomes of the workers that copy',
  drivers: ['sqlite', 'mariadb', 'postgres'],
  sizes: {
    long: { stores: 20, products: 5_000, workers: 3, kills: 200, leastHits: 150, zombies: 20, cuts: 50, seconds: 600 },
    short: { stores: 4, products: 2_500, workers: 3, kills: 12, leastHits: 6, zombies: 3, cuts: 6, seconds: 90 },
  },
  guards: copyGuards,
  packageFolder: resolve(import.meta.dirname, '../..'),
  run,
}

const drainSeconds = 180
const feedMs = 100
/** Of the editor, between two visits. */
const editMs = 100
const editsAtOnce = 5

async function run(context: ScenarioContext): Promise<Verdict> {
  await using stage = await CopyStage.open(context)
  const [editing, feeding, killing, cutting, waking] = randoms(context.random)
  const editor = await Editor.open(stage.bed.central, editing)
  const suffered: Suffered = { cuts: 0, commitsCut: 0, zombies: 0, violations: [] }
  const until = machineMs() + (context.size.seconds ?? 60) * 1000
  const over = new AbortController()
  const faults = async () => {
    await stage.feed(feeding)
    stage.workers.start()
    stage.zombies.start()
    await Promise.all([
      killWorkers(stage, { random: killing, until, suffered }),
      cutPages(stage, { random: cutting, until, suffered }),
      wakeZombies(stage, { random: waking, until, suffered }),
    ])
    const isDone = () => suffered.violations.length > 0 || stage.companies.length >= (context.size.stores ?? 1)
    await comesTrue(isDone, drainSeconds)
  }
  await Promise.all([
    faults().finally(() => over.abort()),
    again(over.signal, feedMs, () => stage.feed(feeding)),
    again(over.signal, editMs, () => editor.edit(editsAtOnce)),
  ])
  if (suffered.violations.length > 0) return await broken(stage, suffered)
  return await judge(stage, suffered, { edits: editor.edits, over: machineMs() })
}

/** One for each who chooses: when one of them comes to choose must not change what the others do. */
function randoms(random: Random): readonly [Random, Random, Random, Random, Random] {
  const next = () => new Random(random.whole(0, 2 ** 31))
  return [next(), next(), next(), next(), next()]
}

async function again(signal: AbortSignal, everyMs: number, work: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    await work()
    await wait(everyMs)
  }
}

/** What is broken already needs no more proof. */
async function broken(stage: CopyStage, { zombies, cuts, violations }: Suffered): Promise<Verdict> {
  const stubborn = [...(await stage.workers.stop()), ...(await stage.zombies.stop())]
  return {
    figures: { zombies, cuts },
    faults: zombies + cuts + violations.length,
    violations: [...violations, ...stubborn],
  }
}

interface Rest {
  readonly edits: number
  /** Of the machine's clock: the last fault is over. */
  readonly over: number
}

/** The source rests: what is left is done, each store is copied to once more, and finished jobs are delivered again. */
async function judge(stage: CopyStage, suffered: Suffered, { edits, over }: Rest): Promise<Verdict> {
  const { size } = stage.context
  const drainedAfter = await drain(stage, over)
  for (const companyId of stage.companies) await stage.copyAgain(companyId)
  await drain(stage, machineMs())
  const redelivered = await redeliver(stage)
  const left = await stage.jobs()
  const stubborn = [...(await stage.workers.stop()), ...(await stage.zombies.stop())]
  const entries = ledgerOf(stage)
  const kills = entries.filter((entry) => entry.event === 'signal' && entry.signal === 'SIGKILL').length
  const hits = killsThatHit(entries)
  const { figures, violations } = await judgeStores(stage)
  const { cuts, commitsCut, zombies } = suffered
  const done = { kills, cuts, zombies }
  return {
    figures: {
      ...{ stores: stage.companies.length, dispatched: stage.dispatched, edits },
      ...{ kills, hits, 'zombies refused': zombies, cuts, 'commits cut': commitsCut },
      'drained after s': drainedAfter?.toFixed(1) ?? 'never',
      ...figures,
      redelivered: redelivered.count,
    },
    faults: hits + zombies + cuts,
    violations: [
      ...Object.entries(done).flatMap(([name, count]) =>
        count < (size[name] ?? 0) ? [`Only ${count} of ${size[name]} ${name} were done.`] : [],
      ),
      ...(hits < (size.leastHits ?? 0) ? [`Only ${hits} of ${kills} kills hit a copy.`] : []),
      ...(drainedAfter === undefined || left > 0
        ? [`${left} jobs were left ${drainSeconds} seconds after the faults.`]
        : []),
      ...(await failedJobs(stage)),
      ...suffered.violations,
      ...redelivered.violations,
      ...stubborn,
      ...violations,
    ],
  }
}

/** Answers the seconds since then. Gives up when a job has failed: the verdict is known then. */
async function drain(stage: CopyStage, since: number): Promise<number | undefined> {
  const isOver = async () => (await stage.jobs()) === 0 || (await failedJobs(stage)).length > 0
  return (await comesTrue(isOver, drainSeconds)) ? (machineMs() - since) / 1000 : undefined
}

/** The job of each store's last run comes once more, as after a worker that died before it could say that it had ended. */
async function redeliver(
  stage: CopyStage,
): Promise<{ readonly count: number; readonly violations: readonly string[] }> {
  const { bed, companies } = stage
  const before = await snapshotOf(stage)
  let count = 0
  for (const companyId of companies) {
    const run = await latestRun(bed.central, companyId)
    if (!run) continue
    const data = { companyId, runId: run.id, tenantId: bed.distributorId }
    await bed.queue.push(bed.copyProducts.name, data, { uuid: run.jobUuid })
    count += 1
  }
  await drain(stage, machineMs())
  const after = await snapshotOf(stage)
  const changed = after.filter((text, index) => text !== before[index])
  return { count, violations: changed.map((text) => `A job that came once more changed rows of ${text.slice(0, 20)}.`) }
}

async function failedJobs({ bed }: CopyStage): Promise<readonly string[]> {
  const { rows } = await sql<{ readonly exception: string }>`select exception from failed_jobs`.execute(bed.central)
  return rows.map(({ exception }) => `A job failed: ${exception.split('\n')[0]}`)
}
