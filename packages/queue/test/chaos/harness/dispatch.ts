import { randomUUID } from 'node:crypto'
import type { Queue } from '../../../src/index.ts'
import { jobName } from './chaos-program.ts'
import type { JobData, JobKind } from './job-kinds.ts'
import type { Ledger } from './ledger.ts'
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

/** Dispatches a job under a uuid that is in the ledger before; one that is not acknowledged is, too. */
export async function dispatchRecorded(queue: Queue, data: JobData, ledger: Ledger): Promise<void> {
  const uuid = randomUUID()
  ledger.write({ event: 'enqueue-try', uuid, kind: data.kind })
  try {
    await queue.push(jobName(data.kind), data, { uuid, ...(data.kind === 'delayed' && { delay: 1 }) })
    ledger.write({ event: 'enqueue-ok', uuid })
  } catch (error) {
    ledger.write({ event: 'enqueue-unknown', uuid, error: String(error) })
  }
}
