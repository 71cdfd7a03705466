import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { JobContext } from '../../src/index.ts'
import { type Bench, recorded, runProgram, writeEffect } from './harness/program.ts'

/** The program of R02: its jobs wait for files that the scenario makes, and end as their data and the process say. */
export const zombieProgram = import.meta.filename

/** What has become of the job before the late worker goes on. */
export const states = ['running', 'finished', 'failed', 'killed'] as const
/** What the late worker then does. */
export const endings = ['completes', 'throws', 'fails', 'releases', 'renews', 'completes in a transaction'] as const

export interface ZombieData {
  readonly state: (typeof states)[number]
  readonly ending: (typeof endings)[number]
}

/** In the environment: who is stopped, who takes its jobs, and who takes what that one leaves. */
export const roles = ['late', 'next', 'last'] as const
export type Role = (typeof roles)[number]

export const zombieJob = 'chaos.zombie'

/** In the folder of the round: made when the late worker may go on, and when it has done so. */
export const goFile = 'go'
export const restFile = 'rest'

function jobsOf(bench: Bench) {
  const role = process.env.CHAOS_ROLE as Role
  // Two, so that one error of the late worker would be no failure.
  const job = bench.loaded.index.defineJob<ZombieData>(zombieJob, { tries: 2 }, (data, context) =>
    recorded(bench.ledger, context, () => acts[role](bench, data, context)),
  )
  return [job]
}

type Act = (bench: Bench, data: ZombieData, context: JobContext) => Promise<'returned' | 'released'>

const acts: Readonly<Record<Role, Act>> = {
  late: async (bench, { ending }, context) => {
    await whenThere(join(bench.settings.folder, goFile))
    return lateEndings[ending](bench, context)
  },
  next: async (bench, { state }, context) => {
    if (state === 'failed') throw new bench.loaded.index.PermanentError('It fails for good.')
    if (state !== 'finished') await whenThere(join(bench.settings.folder, restFile))
    return completeTogether(bench, context)
  },
  last: (bench, _data, context) => completeTogether(bench, context),
}

type Ending = (bench: Bench, context: JobContext) => Promise<'returned' | 'released'>

const lateEndings: Readonly<Record<ZombieData['ending'], Ending>> = {
  completes: async () => 'returned',
  throws: async () => {
    throw new Error('It fails, late.')
  },
  fails: async (bench) => {
    throw new bench.loaded.index.PermanentError('It fails for good, late.')
  },
  releases: async (_bench, context) => {
    context.release()
    return 'released'
  },
  renews: async (_bench, context) => {
    await context.renew()
    return 'returned'
  },
  'completes in a transaction': completeTogether,
}

async function completeTogether(bench: Bench, context: JobContext): Promise<'returned'> {
  const { client, settings } = bench
  await client.transact(async (tx) => {
    await writeEffect(tx, settings.driver, context)
    await context.completeIn(tx)
  })
  return 'returned'
}

const whenMade = new Map<string, Promise<void>>()

/** One timer for all jobs that wait: it is the first to fire when the process goes on, before any renewal. */
function whenThere(path: string): Promise<void> {
  const known = whenMade.get(path)
  if (known) return known
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setInterval(() => {
    if (!existsSync(path)) return
    clearInterval(timer)
    resolve()
  }, 5)
  whenMade.set(path, promise)
  return promise
}

if (import.meta.main) await runProgram(zombieProgram, { role: process.env.CHAOS_ROLE ?? '', jobs: jobsOf })
