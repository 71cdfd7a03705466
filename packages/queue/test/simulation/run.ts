import { parseArgs } from 'node:util'
import { ownSource, sourceWithout } from '../chaos/harness/guards.ts'
import { simulate } from './simulation.ts'
import { plantedBugs } from './verbs/planted-bugs.ts'

const usage = `npm run sim -- [--runs=2000] [--seed=N] [--break=GUARD]

  --runs    how many schedules
  --seed    the same schedules as the run that printed it
  --break   without this guard of the queue, to see it found: ${plantedBugs.map(({ name }) => name).join(', ')}
`

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '2000' },
    seed: { type: 'string' },
    break: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})

if (values.help) process.stdout.write(usage)
else await run()

async function run(): Promise<void> {
  using broken = values.break === undefined ? undefined : sourceWithout(bugNamed(values.break))
  const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed)
  const startedAt = performance.now()
  const result = await simulate({ source: broken?.path ?? ownSource, runs: Number(values.runs), seed })
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  const figures = Object.entries(result.figures).map(([name, count]) => `${name} ${count}`)
  console.log(`seed ${seed}: ${result.runs} schedules in ${seconds} s\n${figures.join(', ')}`)
  console.log(result.counterexample ?? 'no violation')
  process.exitCode = result.counterexample === undefined ? 0 : 1
}

function bugNamed(name: string) {
  const bug = plantedBugs.find((each) => each.name === name)
  if (bug) return bug
  throw new Error(`There is no guard "${name}"; there are ${plantedBugs.map((each) => each.name).join(', ')}.`)
}
