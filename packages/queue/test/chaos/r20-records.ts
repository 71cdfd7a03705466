import { joined } from './harness/joined.ts'
import type { Verdict } from './harness/scenario.ts'
import type { Stage } from './harness/stage.ts'
import { allStanding, failingQueue, lookInTheEnd, type Standing, setOut, whileLooking } from './r20-stage.ts'
import { allThrown, type Thrown, thrown } from './r20-thrown.ts'

/** Whatever is thrown, and whatever stands in `failed_jobs` already, is recorded. */
export async function recordAll(stage: Stage): Promise<Verdict> {
  const verdicts: Verdict[] = []
  for (const each of allThrown) {
    for (const before of allStanding) {
      const verdict = await record(stage, each, before)
      verdicts.push(verdict)
      // What cannot be recorded costs seconds, and the next one shows nothing more.
      if (verdict.violations.length > 0) return joined(verdicts)
    }
  }
  return joined(verdicts)
}

async function record(stage: Stage, each: Thrown, before: Standing): Promise<Verdict> {
  await using failing = failingQueue(stage, thrown[each])
  await setOut(stage, failing.queue, before)
  const worker = failing.queue.worker({ stopWhenEmpty: true, memory: 0 })
  failing.queue.on('workerError', () => worker.stop())
  const { looks, wrong } = await whileLooking(stage, before, () => worker.run())
  const problems = [...wrong, ...(await lookInTheEnd(stage, before))]
  return {
    figures: { recorded: 1, looks },
    faults: 1,
    violations: problems.map((problem) => `With ${each}, ${before} in failed_jobs: ${problem}.`),
  }
}
