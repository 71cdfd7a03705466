import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ownSource, sourceWithout } from '../chaos/harness/guards.ts'
import { faultNames, simulate } from './simulation.ts'
import { plantedBugs } from './verbs/planted-bugs.ts'
import { plantedWorkerBugs } from './workers/planted-bugs.ts'

/** The short form of `npm run sim`, which runs a seed again. */
test('no schedule of verbs and faults breaks a promise', async () => {
  const seed = Math.floor(Math.random() * 2 ** 31)

  const { counterexample, figures } = await simulate({ source: ownSource, runs: 150, seed })

  assert.equal(counterexample, undefined, `npm run sim -- --runs=150 --seed=${seed}\n${counterexample}`)
  for (const fault of faultNames) assert.ok((figures[fault] ?? 0) > 0, `${fault} never happened, seed ${seed}`)
})

/** Whole workers take longer than their verbs: `npm run sim` and the long form of R29 have more of these. */
test('no schedule of workers, deaths and faults breaks a promise', async () => {
  const seed = Math.floor(Math.random() * 2 ** 31)

  const settings = { subject: 'workers', source: ownSource, runs: 80, seed } as const
  const { counterexample, figures } = await simulate(settings)

  const again = `npm run sim -- --of=workers --runs=80 --seed=${seed}`
  assert.equal(counterexample, undefined, `${again}\n${counterexample}`)
  for (const fault of faultNames) assert.ok((figures[fault] ?? 0) > 0, `${fault} never happened, seed ${seed}`)
})

/** One that finds each of them soon; with another it takes longer. */
const quickSeed = 2

describe('schedules find what would be missing', { concurrency: 2 }, () => {
  for (const bug of plantedBugs)
    test(`${bug.name}`, async () => {
      using broken = sourceWithout(bug)

      const { counterexample } = await simulate({ source: broken.path, runs: 2_000, seed: quickSeed, isShrunk: false })

      assert.ok(counterexample, `2,000 schedules found nothing wrong, seed ${quickSeed}`)
    })
})

describe('schedules find what workers would forget', { concurrency: 2 }, () => {
  for (const bug of plantedWorkerBugs)
    test(`${bug.name}`, async () => {
      using broken = sourceWithout(bug)

      const settings = { subject: 'workers', source: broken.path, runs: 200, seed: 1, isShrunk: false } as const
      const { counterexample } = await simulate(settings)

      assert.ok(counterexample, '200 schedules found nothing wrong, seed 1')
    })
})
