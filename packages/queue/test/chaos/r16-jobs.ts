import type { JobTraits } from './harness/job-kinds.ts'
import { type Bench, recorded, runProgram, takeTime } from './harness/program.ts'

/**
 * Jobs that write nothing into the database themselves: on a full disk such a write would fail, and the job with it. What
 * is looked at here is what the queue writes.
 */
export const diskJobs = import.meta.filename

export const diskJobKinds = {
  light: { end: 'done', effects: 'none', tries: 1 },
  failing: { end: 'failed', effects: 'none', tries: 1 },
} as const satisfies Readonly<Record<string, JobTraits>>

export interface DiskJob {
  readonly kind: keyof typeof diskJobKinds
  readonly ms: number
  /** Makes the payload as large as the disk needs it. */
  readonly text: string
}

function jobsOf({ ledger, loaded: { index } }: Bench) {
  const light = index.defineJob<Omit<DiskJob, 'kind'>>('disk.light', {}, ({ ms }, context) =>
    recorded(ledger, context, async () => {
      await takeTime(ms, context.signal)
      return 'returned'
    }),
  )
  const failing = index.defineJob<Omit<DiskJob, 'kind'>>('disk.failing', {}, (_data, context) =>
    recorded(ledger, context, async () => {
      throw new Error(`It fails, and says much about it: ${'x'.repeat(5_000)}`)
    }),
  )
  return [light, failing]
}

if (import.meta.main) await runProgram(diskJobs, { role: 'worker', jobs: jobsOf })
