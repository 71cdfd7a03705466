import { retryAfterSeconds } from './retry-after.ts'
import type { Site } from './site.ts'

/** Everybody looks again within this time, and what failed is tried again. */
const slackSeconds = 120

/**
 * After the faults: whoever stands still goes on as if nothing had been, whoever is dead is started. All jobs must end in the
 * time that they take; then the workers are told to end, and must hold nothing.
 */
export async function drain(site: Site): Promise<void> {
  for (const process of site.processes) process.forgetFates()
  site.resumeAll()
  site.model.tell('the faults are over')
  const seconds = secondsLeft(site)
  // Who was told to end before the faults were over does so now, and is started again.
  do {
    for (const program of site.programs) if (!program.isRunning) program.start()
    await site.calm(seconds, () => hasEnded(site) || !areAllRunning(site))
  } while (!hasEnded(site) && site.model.violations.length === 0 && !areAllRunning(site))
  site.model.demand(hasEnded(site), `${site.tables.jobs.size} jobs were left after ${seconds} s`)
  site.book.checkEnds()
  await end(site)
}

function areAllRunning({ programs }: Site): boolean {
  return programs.every(({ isRunning }) => isRunning)
}

async function end(site: Site): Promise<void> {
  site.model.tell('everybody is told to end:')
  for (const program of site.programs) program.stop()
  const isOver = () => site.programs.every(({ isRunning }) => !isRunning)
  await site.calm(60, isOver)
  site.model.demand(isOver(), 'a worker did not end')
}

function hasEnded({ tables, isQuiet }: Site): boolean {
  return tables.jobs.size === 0 && isQuiet
}

/** Each job may be tried as often as it may, one after the other, and every time only when its reservation is over. */
function secondsLeft({ tables, clock, book }: Site): number {
  const rows = [...tables.jobs.values()]
  // Also of a job that runs: given back, it is due as before, by a clock that may have been set back since.
  const delays = rows.map(({ available_at, created_at }) =>
    available_at > created_at ? available_at - clock.unixSeconds : 0,
  )
  return Math.max(0, ...delays) + book.secondsToRun + 6 * retryAfterSeconds + slackSeconds
}
