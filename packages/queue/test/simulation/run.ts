import { parseArgs } from 'node:util'
import { ownSource, sourceWithout } from '../chaos/harness/guards.ts'
import { type Subject, simulate, subjects } from './simulation.ts'
import { plantedBugs } from './verbs/planted-bugs.ts'
import { elusiveWorkerBugs, plantedWorkerBugs } from './workers/planted-bugs.ts'

const bugs = { verbs: plantedBugs, workers: [...plantedWorkerBugs, ...elusiveWorkerBugs] } as const

const usage = `npm run sim -- [--of=verbs] [--runs=2000] [--seed=N] [--break=GUARD]

  --of      only the verbs of a connection, or only whole workers (${subjects.join(', ')}), which get a quarter of the schedules

  --runs    how many schedules
  --seed    the same schedules as the run that printed it
  --break   without this guard of the queue, to see it found:
${subjects.map((subject) => `            of ${subject}: ${bugs[subject].map(({ name }) => name).join(', ')}`).join('\n')}
`

const { values } = parseArgs({
  options: {
    of: { type: 'string' },
    runs: { type: 'string', default: '2000' },
    seed: { type: 'string' },
    break: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})

if (values.help) process.stdout.write(usage)
else for (const subject of chosenSubjects()) await run(subject)

function chosenSubjects(): readonly Subject[] {
  const { of, break: name } = values
  const chosen = subjects.filter((each) => (of ?? each) === each)
  if (chosen.length === 0) throw new Error(`There is no simulation of ${of}; there are ${subjects.join(', ')}.`)
  const withBug = chosen.filter((each) => name === undefined || bugs[each].some((bug) => bug.name === name))
  if (withBug.length === 0) throw new Error(`There is no guard "${name}"; see --help.`)
  return withBug
}

async function run(subject: Subject): Promise<void> {
  const bug = bugs[subject].find(({ name }) => name === values.break)
  using broken = bug && sourceWithout(bug)
  const runs = Math.ceil(Number(values.runs) / (subject === 'workers' && values.of === undefined ? 4 : 1))
  const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed)
  const startedAt = performance.now()
  const result = await simulate({ subject, source: broken?.path ?? ownSource, runs, seed })
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  const figures = Object.entries(result.figures).map(([name, count]) => `${name} ${count}`)
  console.log(`${subject}, seed ${seed}: ${result.runs} schedules in ${seconds} s\n${figures.join(', ')}`)
  console.log(result.counterexample ?? 'no violation')
  if (result.counterexample !== undefined) process.exitCode = 1
}
