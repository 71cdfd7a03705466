import type { JobContext } from '../../../src/index.ts'
import { type JobData, type JobKind, jobKinds } from './job-kinds.ts'
import { type Bench, recorded, runProgram, takeTime, writeEffect } from './program.ts'

/** The program of most scenarios: one job of each kind of `job-kinds.ts`. */
export const chaosProgram = import.meta.filename

/** The name of its job. */
export function jobName(kind: JobKind): string {
  return `chaos.${kind}`
}

function jobsOf(bench: Bench) {
  const { defineJob } = bench.loaded.index
  return Object.entries(jobKinds).map(([kind, { tries }]) =>
    defineJob<JobData>(`chaos.${kind}`, { tries }, (data, context) => run(bench, data, context)),
  )
}

function run(bench: Bench, { kind, ms }: JobData, context: JobContext): Promise<void> {
  return recorded(bench.ledger, context, async () => {
    await takeTime(ms, context.signal)
    return await endings[kind](bench, context)
  })
}

type Ending = (bench: Bench, context: JobContext) => Promise<'returned' | 'released'>

const endings: Readonly<Record<JobKind, Ending>> = {
  plain: completeTogether,
  slow: completeTogether,
  delayed: completeTogether,
  unfenced: async ({ client, settings }, context) => {
    await client.transact((tx) => writeEffect(tx, settings.driver, context))
    return 'returned'
  },
  failing: async () => {
    throw new Error('It fails at every try.')
  },
  flaky: async (bench, context) => {
    if (context.attempt === 1) throw new Error('It fails at its first try.')
    return completeTogether(bench, context)
  },
  released: async (bench, context) => {
    if (context.attempt > 1) return completeTogether(bench, context)
    context.release()
    return 'released'
  },
}

/** The effect and the end of the job in one transaction: once, whatever is killed when. */
async function completeTogether({ client, settings, ledger }: Bench, context: JobContext): Promise<'returned'> {
  await client.transact(async (tx) => {
    await writeEffect(tx, settings.driver, context)
    await context.completeIn(tx)
  })
  ledger.write({ event: 'effect', uuid: context.uuid, attempt: context.attempt })
  return 'returned'
}

if (import.meta.main) await runProgram(chaosProgram, { role: 'worker', jobs: jobsOf })
