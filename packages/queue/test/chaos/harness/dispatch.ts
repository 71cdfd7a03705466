import { randomUUID } from 'node:crypto'
import type { Queue } from '../../../src/index.ts'
import { jobName } from './chaos-program.ts'
import type { JobData, JobKind } from './job-kinds.ts'
import type { Ledger } from './ledger.ts'
import type { Client } from './loaded-queue.ts'
import type { Random } from './random.ts'

export interface JobMix {
  /** How many of a hundred jobs are of a kind; the rest is `plain`. */
  readonly percent: Readonly<Partial<Record<JobKind, number>>>
  /** How long a handler takes, at the most; the time of each is random. */
  readonly longestMs: number
  readonly slowMs: number
}

/** A job of a kind that its share decides, and how long it takes. */
export function drawJob({ percent, longestMs, slowMs }: JobMix, random: Random): JobData {
  let rest = random.next() * 100
  const drawn = Object.entries(percent).find(([, share]) => {
    rest -= share
    return rest < 0
  })
  // `Object.entries` forgets the type of the keys.
  const kind = (drawn?.[0] ?? 'plain') as JobKind
  return { kind, ms: kind === 'slow' ? slowMs : random.whole(0, longestMs) }
}

export interface Dispatching {
  readonly queue: Queue
  readonly client: Client
  readonly ledger: Ledger
}

/** Dispatches jobs in one transaction, under uuids that are in the ledger before. */
export async function dispatchRecorded(
  { queue, client, ledger }: Dispatching,
  jobs: readonly JobData[],
): Promise<void> {
  const named = jobs.map((data) => ({ uuid: randomUUID(), data }))
  for (const { uuid, data } of named) ledger.write({ event: 'enqueue-try', uuid, kind: data.kind })
  await client.transact(async (tx) => {
    for (const { uuid, data } of named)
      await queue.push(jobName(data.kind), data, { uuid, tx, ...(data.kind === 'delayed' && { delay: 1 }) })
  })
  for (const { uuid } of named) ledger.write({ event: 'enqueue-ok', uuid })
}
