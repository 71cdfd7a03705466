import type { Guard } from './harness/guards.ts'
import type { Scenario, ScenarioContext, Verdict } from './harness/scenario.ts'
import { openLosingQueue } from './r03-losing-queue.ts'
import { knownSeconds, operations, retryAfter } from './r03-operations.ts'

const guards: readonly Guard[] = [
  {
    name: 'key of a dispatch',
    changes: [
      {
        file: 'laravel/cache-keys.ts',
        find: `createHash('sha256').update(key)`,
        replace: `createHash('sha256').update(key + Math.random())`,
      },
    ],
  },
  {
    name: 'trust in a write whose answer was lost',
    changes: [
      {
        file: 'attempt/settle-outcome.ts',
        find: 'return (await attempt()) || isUnsure',
        replace: 'return (await attempt()) || (isUnsure && false)',
      },
    ],
  },
  {
    name: 'trust in an acknowledgement whose answer was lost',
    changes: [
      { file: 'worker/completed-jobs.ts', find: 'wasUnsure || !isLost', replace: '(wasUnsure && false) || !isLost' },
    ],
  },
]

/** So large a part of the losses must have happened. */
const leastShare = 0.9

/** The database did as it was told, and nobody heard it say so. */
export const unknownOutcome: Scenario = {
  id: 'R03',
  title: 'an answer that is lost neither loses nor doubles anything',
  drivers: ['sqlite', 'mariadb', 'postgres'],
  sizes: { long: { losses: 100 }, short: { losses: 5 } },
  guards,
  run,
}

async function run(context: ScenarioContext): Promise<Verdict> {
  const losses = context.size.losses ?? 1
  await using losing = await openLosingQueue(context, retryAfter)
  const figures: Record<string, number> = {}
  const violations: string[] = []
  let slowestMs = 0
  for (const [name, operation] of Object.entries(operations)) {
    const before = losing.losses
    const outcome = await operation({ losing, driver: context.driver, losses })
    figures[name] = losing.losses - before
    slowestMs = Math.max(slowestMs, outcome.slowestMs)
    violations.push(...outcome.violations.map((violation) => `${name}: ${violation}`))
    if (losing.losses - before < losses * leastShare)
      violations.push(`${name}: only ${losing.losses - before} of ${losses} answers were lost`)
    if (outcome.slowestMs > knownSeconds * 1000)
      violations.push(`${name}: it took ${Math.round(outcome.slowestMs)} ms to know what became of it`)
    // What is left behind would be blamed on the next one.
    if (violations.length > 0) break
  }
  return { figures: { ...figures, 'known after ms': Math.round(slowestMs) }, faults: losing.losses, violations }
}
