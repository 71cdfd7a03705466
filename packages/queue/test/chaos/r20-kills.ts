import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { compileCache } from './harness/compiled-sources.ts'
import { joined } from './harness/joined.ts'
import type { Verdict } from './harness/scenario.ts'
import type { Stage } from './harness/stage.ts'
import { type KilledAttempt, killedProgram } from './r20-program.ts'
import { failingQueue, lookInTheEnd, type Standing, setOut, whileLooking } from './r20-stage.ts'

/** There are not so many statements on the way of a failure. */
const mostStatements = 40

export interface KillPlan extends Pick<KilledAttempt, 'thrown' | 'isCarriedOut'> {
  readonly before: Standing
}

/** Statement by statement, until the process ends by itself before it comes to the next one. */
export async function killEverywhere(stage: Stage, plan: KillPlan): Promise<Verdict> {
  const verdicts: Verdict[] = []
  for (let statement = 1; statement <= mostStatements; statement += 1) {
    const { wasKilled, verdict } = await killAt(stage, plan, statement)
    verdicts.push(verdict)
    if (!wasKilled) return joined(verdicts)
  }
  throw new Error(`The program still runs after ${mostStatements} statements.`)
}

async function killAt(stage: Stage, plan: KillPlan, statement: number) {
  const { before, ...how } = plan
  const { context, database } = stage
  const { source, driver } = context
  await using failing = failingQueue(stage, () => new Error('It fails again.'))
  await setOut(stage, failing.queue, before)
  let wasKilled = false
  const { looks, wrong } = await whileLooking(stage, before, async () => {
    wasKilled = await isKilled({ ...how, source, driver, place: database.place, statement })
  })
  // As if its reservation had expired.
  await database.query('update jobs set reserved_at = reserved_at - 1000')
  await failing.queue.worker({ stopWhenEmpty: true, memory: 0 }).run()
  const problems = [...wrong, ...(await lookInTheEnd(stage, before))]
  const place = `Killed ${how.isCarriedOut ? 'after' : 'before'} statement ${statement} with ${before} in failed_jobs`
  const verdict: Verdict = {
    figures: { kills: Number(wasKilled), looks },
    faults: Number(wasKilled),
    violations: problems.map((problem) => `${place}: ${problem}.`),
  }
  return { wasKilled, verdict }
}

async function isKilled(attempt: KilledAttempt): Promise<boolean> {
  const child = spawn(process.execPath, [killedProgram, JSON.stringify(attempt)], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...compileCache(attempt.source) },
  })
  const [code, signal] = await once(child, 'exit')
  if (signal !== 'SIGKILL' && code !== 0) throw new Error(`The program that fails ended with ${code ?? signal}.`)
  return signal === 'SIGKILL'
}
