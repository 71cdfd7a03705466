import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { comesTrue, eventually } from '../support/eventually.ts'
import type { Fleet } from './harness/fleet.ts'
import { signalTo } from './harness/process-tree.ts'
import type { Random } from './harness/random.ts'
import type { Verdict } from './harness/scenario.ts'
import { Filler } from './r16-filler.ts'
import { type DiskJob, diskJobs } from './r16-jobs.ts'
import type { SmallDiskContext } from './r16-program.ts'
import { WatchedQueue } from './r16-watched-queue.ts'

/** What a worker prints goes to a full disk, and its database is elsewhere. */
export async function fullLog(context: SmallDiskContext): Promise<Verdict> {
  await using queue = await WatchedQueue.open(context, 'full-log', context.folder)
  for (let count = 0; count < 2; count += 1) await queue.dispatch({ kind: 'light', ms: 1, text: '' })
  using filler = new Filler(join(context.disk, 'filler'))
  const log = openSync(join(context.disk, 'log'), 'a')
  filler.fill(0)
  const worker = spawn(process.execPath, [diskJobs, 'queue:work', '--stop-when-empty', '-v'], {
    detached: true,
    stdio: ['ignore', log, log],
    env: { ...process.env, CHAOS_SETTINGS: JSON.stringify(queue.settings) },
  })
  closeSync(log)
  const exit = once(worker, 'exit')
  // One that does not get over it tells of that, on the same full disk, again and again.
  await eventually(() => worker.exitCode !== null || queue.errorsTold() > 0, 30)
  if (queue.errorsTold() > 0) signalTo(-Number(worker.pid), 'SIGKILL')
  await exit
  return { ...queue.judge({ faults: filler.freePages === 0 ? 1 : 0 }), figures: {} }
}

/** More jobs than the disk has room for are dispatched; then a worker is started on the full disk. */
export async function diskFilledByQueue(context: SmallDiskContext): Promise<Verdict> {
  await using queue = await WatchedQueue.open(context, 'filled-by-queue', context.disk)
  const draw = () => drawJob(context.random, { ms: 0, text: 'x'.repeat(context.size.bytes ?? 0) })
  let taken = 0
  while ((await queue.dispatch(draw())) === undefined) taken += 1
  const late = await answersOf(20, () => queue.dispatch(draw()))

  await using fleet = queue.startWorker()
  const wasDrained = await queue.isDrained()
  const isOpenAgain = await queue.isTakingAgain(draw())
  await queue.isDrained()
  await fleet.stop()
  return queue.judge({
    figures: { 'jobs that filled the disk': taken },
    violations: [
      ...(late.includes(undefined) ? ['New jobs were taken on a full disk.'] : []),
      ...(wasDrained ? [] : ['Jobs could not end on a full disk.']),
      ...(isOpenAgain ? [] : ['All jobs had ended, and no new one was taken.']),
    ],
  })
}

/** Something else takes all room of the disk, under a worker that is busy and before one is started, in turn. */
export async function diskFilledByOthers(context: SmallDiskContext): Promise<Verdict> {
  const verdicts: Verdict[] = []
  for (let round = 0; round < (context.size.rounds ?? 0); round += 1) {
    verdicts.push(await fillByOthers(context, { round, isBefore: round % 3 > 0, isOpen: round % 3 === 2 }))
    if (verdicts.at(-1)?.violations.length !== 0) break
  }
  return {
    figures: {
      'disks filled by others': verdicts.length,
      'errors told': sum(verdicts.map(({ figures }) => Number(figures['errors told']))),
    },
    faults: sum(verdicts.map(({ faults }) => faults)),
    violations: verdicts.flatMap(({ violations }) => violations),
  }
}

interface Round {
  readonly round: number
  /** The disk is full when the worker starts. */
  readonly isBefore: boolean
  /** Then somebody has the file open: to open it once more needs no room. */
  readonly isOpen: boolean
}

async function fillByOthers(context: SmallDiskContext, { round, isBefore, isOpen }: Round): Promise<Verdict> {
  await using queue = await WatchedQueue.open(context, `filled-by-others-${round}`, context.disk)
  const draw = () => drawJob(context.random, { ms: 60, text: '' })
  for (let count = 0; count < (context.size.jobs ?? 0); count += 1) await queue.dispatch(draw())
  using filler = new Filler(join(context.disk, 'filler'))
  if (isBefore && !isOpen) await queue.close()
  if (isBefore) filler.fill(0)
  await using fleet = queue.startWorker()
  const cameToWork = await comesTrue(() => fleet.readyMembers.length > 0, 15)
  if (!cameToWork) return queue.judge({ violations: ['No worker came to work on a full disk.'] })
  if (!isBefore) filler.fill(0)

  return await judgeFull(queue, { fleet, filler, draw })
}

interface FullDisk {
  readonly fleet: Fleet
  readonly filler: Filler
  readonly draw: () => DiskJob
}

/** Jobs end on the full disk, new ones are refused, and both are over when there is room. */
async function judgeFull(queue: WatchedQueue, { fleet, filler, draw }: FullDisk): Promise<Verdict> {
  const wasDrained = await queue.isDrained()
  const hasMetIt = queue.hasUsedReserve()
  const late = await answersOf(10, () => queue.dispatch(draw()))
  filler.free()
  const isOpenAgain = await queue.isTakingAgain(draw())
  await queue.isDrained()
  await fleet.stop()
  return queue.judge({
    violations: [
      // The first whom the disk refuses something is the worker.
      ...(hasMetIt ? [] : ['The worker never met the full disk.']),
      ...(late.at(-1) === undefined ? ['New jobs were taken on a full disk.'] : []),
      ...(wasDrained ? [] : ['Jobs could not end on a full disk.']),
      ...(isOpenAgain ? [] : ['There was room again, and no new job was taken.']),
    ],
  })
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

function drawJob(random: Random, data: Pick<DiskJob, 'ms' | 'text'>): DiskJob {
  return { kind: random.chance(10) ? 'failing' : 'light', ...data }
}

async function answersOf(times: number, ask: () => Promise<unknown>): Promise<readonly unknown[]> {
  const answers: unknown[] = []
  for (let count = 0; count < times; count += 1) answers.push(await ask())
  return answers
}
