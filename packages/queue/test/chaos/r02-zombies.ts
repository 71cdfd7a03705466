import { randomUUID } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Queue } from '../../src/index.ts'
import { eventually } from '../support/eventually.ts'
import { type ChaosDatabase, isDrained, openChaosDatabase } from './harness/chaos-database.ts'
import { check } from './harness/checker.ts'
import { Fleet } from './harness/fleet.ts'
import type { JobTraits } from './harness/job-kinds.ts'
import { Ledger, type LedgerEntry, readLedgers } from './harness/ledger.ts'
import { loadQueue } from './harness/loaded-queue.ts'
import { runsOf } from './harness/runs.ts'
import type { Scenario, ScenarioContext, Verdict } from './harness/scenario.ts'
import { zombieGuards } from './r02-guards.ts'
import {
  endings,
  goFile,
  type Role,
  restFile,
  states,
  type ZombieData,
  zombieJob,
  zombieProgram,
} from './r02-zombie-program.ts'

const retryAfter = 2

/** By the name of the combination. */
const kinds: Readonly<Record<string, JobTraits>> = Object.fromEntries(
  states.flatMap((state) => endings.map((ending) => [kindOf({ state, ending }), traitsOf(state)])),
)

function kindOf({ state, ending }: ZombieData): string {
  return `${state}, ${ending}`
}

function traitsOf(state: ZombieData['state']): JobTraits {
  return state === 'failed' ? { end: 'failed', effects: 'none', tries: 2 } : { end: 'done', effects: 'once', tries: 2 }
}

/** A worker stands still until others have its jobs, and then goes on as if nothing had happened. */
export const zombies: Scenario = {
  id: 'R02',
  title: 'a worker that comes late changes nothing',
  drivers: ['sqlite', 'mariadb', 'postgres'],
  sizes: { long: { rounds: 50 }, short: { rounds: 1 } },
  guards: zombieGuards,
  run,
}

async function run(context: ScenarioContext): Promise<Verdict> {
  const { driver, source, size, folder } = context
  await using database = await openChaosDatabase(context)
  const loaded = await loadQueue(source, driver)
  await using queue = loaded.index.createQueue({ connection: loaded.connect(database.place, { retryAfter }) })
  const entries: LedgerEntry[] = []
  const problems: string[] = []
  for (let round = 1; round <= (size.rounds ?? 0); round += 1) {
    const inRound = { ...context, folder: join(folder, `round-${round}`) }
    mkdirSync(inRound.folder)
    problems.push(...(await playRound(inRound, database, queue)))
    const ofRound = readLedgers(inRound.folder)
    problems.push(...lateProblems(ofRound))
    entries.push(...ofRound)
  }
  const { figures, violations } = check({ entries, database: await database.state(), kinds })
  return {
    figures: {
      rounds: size.rounds ?? 0,
      'late endings': entries.filter(({ event }) => event === 'lease-lost').length,
      problems: problems.length,
      ...figures,
    },
    faults: figures.stopped ?? 0,
    violations: [...problems, ...violations, ...(await database.integrity())],
  }
}

/** Every state with every ending, all at once. Answers what the late worker changed. */
async function playRound(context: ScenarioContext, database: ChaosDatabase, queue: Queue): Promise<readonly string[]> {
  const { folder } = context
  const jobs = await dispatchAll(queue, folder)
  const ofState = (state: ZombieData['state']) => jobs.filter(({ data }) => data.state === state)
  const start = (role: Role, queues: string) => startOne(context, database, { role, queues, jobs: jobs.length })

  await using late = start('late', 'kept,killed')
  await seen(folder, { role: 'late', jobs, events: ['start'] })
  signal(late, 'SIGSTOP')
  await using next = start('next', 'kept')
  await using doomed = start('next', 'killed')
  await seen(folder, { role: 'next', jobs, events: ['start'] })
  await seen(folder, { role: 'next', jobs: ofState('finished'), events: ['done'] })
  await seen(folder, { role: 'next', jobs: ofState('failed'), events: ['failed'] })
  signal(doomed, 'SIGKILL')
  await Promise.all(doomed.members.map(({ exited }) => exited))

  const before = await snapshot(database)
  writeFileSync(join(folder, goFile), '')
  signal(late, 'SIGCONT')
  await seen(folder, { role: 'late', jobs, events: attemptEnds })
  const changes = differences(before, await snapshot(database))

  await late.stop()
  writeFileSync(join(folder, restFile), '')
  await using last = start('last', 'killed')
  const wasDrained = await isDrained(database, 30)
  await Promise.all([last.stop(), next.stop()])
  return wasDrained ? changes : [...changes, 'Jobs of a round were left.']
}

interface ZombieJob {
  readonly uuid: string
  readonly data: ZombieData
}

async function dispatchAll(queue: Queue, folder: string): Promise<readonly ZombieJob[]> {
  using ledger = new Ledger(folder, 'producer')
  const jobs = states.flatMap((state) => endings.map((ending) => ({ uuid: randomUUID(), data: { state, ending } })))
  for (const { uuid, data } of jobs) {
    ledger.write({ event: 'enqueue-try', uuid, kind: kindOf(data) })
    // Those of the worker that is killed stay its own: the other one must not take them over.
    await queue.push(zombieJob, data, { uuid, queue: data.state === 'killed' ? 'killed' : 'kept' })
    ledger.write({ event: 'enqueue-ok', uuid })
  }
  return jobs
}

interface WorkerPlan {
  readonly role: Role
  readonly queues: string
  /** So many at a time, and no more in all: who was late must not take what others left. */
  readonly jobs: number
}

function startOne(
  { driver, folder, source }: ScenarioContext,
  { place }: ChaosDatabase,
  { role, queues, jobs }: WorkerPlan,
): Fleet {
  const fleet = new Fleet({
    size: 1,
    program: zombieProgram,
    words: ['queue:work', `--queue=${queues}`, `--concurrency=${jobs}`, `--max-jobs=${jobs}`, '--sleep=0.2'],
    // As if each were on a host of its own: only time tells the others that it is dead.
    settings: { source, driver, place, folder, retryAfter, host: `${role}-${queues}` },
    role,
    restarts: false,
    environment: { CHAOS_ROLE: role },
  })
  fleet.start()
  return fleet
}

function signal(fleet: Fleet, name: NodeJS.Signals): void {
  for (const member of fleet.members) member.signal(name)
}

const attemptEnds: readonly LedgerEntry['event'][] = ['done', 'released', 'given-back', 'failed', 'lease-lost']

interface Sight {
  readonly role: Role
  readonly jobs: readonly ZombieJob[]
  readonly events: readonly LedgerEntry['event'][]
}

/** Waits until the ledgers of the role tell one of the events of each job. */
async function seen(folder: string, { role, jobs, events }: Sight): Promise<void> {
  await eventually(() => {
    const told = readLedgers(folder, role).filter(({ event }) => events.includes(event))
    const uuids = new Set(told.map((entry) => ('uuid' in entry ? entry.uuid : undefined)))
    return jobs.every(({ uuid }) => uuids.has(uuid))
  }, 60)
}

/** All that a late write could change; when a reservation was renewed is its holder's own business. */
const looks = [
  'select id, queue, payload, attempts, available_at, created_at, reserved_at is null as is_free from jobs order by id',
  'select uuid, queue, payload, exception from failed_jobs order by uuid',
  'select uuid, attempt, pid from effects order by uuid, pid',
  'select job_id, times from queue_expired order by job_id',
]

async function snapshot({ query }: ChaosDatabase): Promise<readonly string[]> {
  const rows: string[] = []
  for (const look of looks) rows.push(...(await query(look)).map((row) => JSON.stringify(row)))
  return rows
}

function differences(before: readonly string[], after: readonly string[]): readonly string[] {
  return [
    ...before.filter((row) => !after.includes(row)).map((row) => `The late worker changed ${row}.`),
    ...after.filter((row) => !before.includes(row)).map((row) => `The late worker made ${row}.`),
  ]
}

/** Each of its endings was refused, and told once. */
function lateProblems(entries: readonly LedgerEntry[]): readonly string[] {
  const kindsHere = new Map(
    entries.flatMap((entry) => (entry.event === 'enqueue-try' ? [[entry.uuid, entry.kind]] : [])),
  )
  return [...runsOf(entries)].flatMap(([uuid, [late]]) => {
    const told = entries.filter((entry) => entry.pid === late?.pid && 'uuid' in entry && entry.uuid === uuid)
    const ends = told.map(({ event }) => event).filter((event) => attemptEnds.includes(event))
    const name = `the late worker of job ${uuid} (${kindsHere.get(uuid)})`
    return [
      ...(ends.join() === 'lease-lost' ? [] : [`It was told ${ends.join(', ') || 'nothing'}: ${name}.`]),
      ...(isTold(kindsHere.get(uuid)) && late?.how !== 'threw' ? [`Its own call was not refused: ${name}.`] : []),
    ]
  })
}

/** Endings that call the queue inside the handler, which hears there that it is late. */
function isTold(kind = ''): boolean {
  return kind.endsWith('renews') || kind.endsWith('completes in a transaction')
}
