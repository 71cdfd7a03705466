import { readdirSync } from 'node:fs'
import { Ledger } from './harness/ledger.ts'
import { type Bench, type ProgramSettings, runProgram } from './harness/program.ts'

/**
 * The program of R21: short jobs, and every few seconds a look at its own memory after a full collection, in the process that
 * runs the jobs and in the one that watches over it.
 */
export const soakProgram = import.meta.filename

export const soakJob = 'chaos.soak'
export const sampleEverySeconds = 5

/** What a leaking job keeps, to see that the soak would notice. */
const kept: unknown[] = []

function jobsOf({ loaded }: Bench) {
  const { defineJob } = loaded.index
  const leaks = process.env.SOAK_LEAK !== undefined
  return [
    defineJob<{ readonly number: number }>(soakJob, {}, async ({ number }) => {
      await Promise.resolve()
      if (leaks) kept.push({ number, text: 'x'.repeat(16) })
    }),
  ]
}

/** What the parent runs has a record of what it does. */
function watchItself(): void {
  const { folder }: ProgramSettings = JSON.parse(process.env.CHAOS_SETTINGS ?? '')
  const ledger = new Ledger(folder, process.env.SURTIDOR_RUNNER_RECORD === undefined ? 'parent' : 'runner')
  setInterval(() => ledger.write({ event: 'sample', ...takeSample() }), sampleEverySeconds * 1000).unref()
}

function takeSample() {
  globalThis.gc?.()
  return {
    heapMegabytes: process.memoryUsage().heapUsed / 1_048_576,
    residentMegabytes: process.memoryUsage.rss() / 1_048_576,
    // Timers come and go; what is open stays until it is closed.
    handles: readdirSync('/proc/self/fd').length,
  }
}

if (import.meta.main) {
  watchItself()
  await runProgram(soakProgram, { role: 'soak', jobs: jobsOf })
}
