import { type Bench, recorded, runProgram, takeTime, writeEffect } from './harness/program.ts'

/** The program of R15: jobs that take their time, and one that never ends and does not heed its signal. */
export const cronProgram = import.meta.filename

export const backlogJob = 'chaos.backlog'
export const hangingJob = 'chaos.hanging'

export interface BacklogData {
  readonly ms: number
}

/** Seconds. */
export const hangingTimeout = 2

function jobsOf(bench: Bench) {
  const { defineJob } = bench.loaded.index
  const backlog = defineJob<BacklogData>(backlogJob, { tries: 1 }, ({ ms }, context) =>
    recorded(bench.ledger, context, async () => {
      await takeTime(ms, context.signal)
      await bench.client.transact(async (tx) => {
        await writeEffect(tx, bench.settings.driver, context)
        await context.completeIn(tx)
      })
      return 'returned'
    }),
  )
  const hanging = defineJob(hangingJob, { tries: 1, timeout: hangingTimeout }, (_data, context) =>
    recorded(bench.ledger, context, () => new Promise(() => undefined)),
  )
  return [backlog, hanging]
}

if (import.meta.main) await runProgram(cronProgram, { role: 'worker', jobs: jobsOf })
