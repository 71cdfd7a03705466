import { randomUUID } from 'node:crypto'
import type { AnyJobDefinition, JobContext, Queue } from '../../src/index.ts'
import { comesTrue } from '../support/eventually.ts'
import { writeEffect } from './harness/program.ts'
import type { DriverName } from './harness/scenario.ts'
import type { Losable, LosingQueue } from './r03-losing-queue.ts'

/** Seconds. */
export const retryAfter = 2
/** Within so many seconds after an answer was lost it is known what became of the operation. */
export const knownSeconds = 5

export interface Losing {
  readonly losing: LosingQueue
  readonly driver: DriverName
  /** So many answers are to be lost. */
  readonly losses: number
}

export interface Outcome {
  /** Sentences that name what was wrong. */
  readonly violations: readonly string[]
  /** The longest time from a loss until it was known what became of the operation. */
  readonly slowestMs: number
}

/** The operations whose answer may be lost. */
export const operations: Readonly<Record<string, (losing: Losing) => Promise<Outcome>>> = {
  enqueue,
  reserve,
  complete: (losing) =>
    workOneByOne(losing, {
      handle: async (_context, lose) => lose('acknowledgement'),
      expected: { runs: 1, end: 'done' },
    }),
  fail: (losing) =>
    workOneByOne(losing, {
      handle: async (_context, lose) => {
        lose('commit')
        throw new Error('It fails.')
      },
      expected: { runs: 1, end: 'failed' },
    }),
  release: (losing) =>
    workOneByOne(losing, {
      handle: async (context, lose) => {
        if (context.attempt > 1) return
        lose('release')
        context.release()
      },
      expected: { runs: 2, end: 'done' },
    }),
  renew: (losing) =>
    workOneByOne(losing, {
      handle: async (context, lose) => {
        lose('renewal')
        // Whoever is not told renews again.
        await context.renew().catch(() => context.renew())
      },
      expected: { runs: 1, end: 'done' },
    }),
  checkpoint: (losing) =>
    workOneByOne(losing, {
      handle: (context, lose) =>
        losing.losing.client.transact(async (tx) => {
          await writeEffect(tx, losing.driver, context)
          await context.completeIn(tx)
          lose('commit')
        }),
      // The handler heard of an error, and what it makes of that comes too late: its job is done.
      expected: { runs: 1, end: 'lost', effects: 1 },
    }),
  batch,
}

/** Under a key: what was not acknowledged is dispatched again, as an application does it. */
async function enqueue({ losing, losses }: Losing): Promise<Outcome> {
  await using queue = losing.index.createQueue({ connection: losing.connect() })
  const uuids = Array.from({ length: losses }, () => randomUUID())
  let slowestMs = 0
  let hadHappened = 0
  for (const uuid of uuids) {
    losing.loseAnswerTo('commit')
    const { answer, ms } = await insist(() => queue.push('Job', 1, { uuid, key: uuid }))
    slowestMs = Math.max(slowestMs, ms)
    if (answer.isSkipped) hadHappened += 1
  }
  const { waiting } = await losing.database.state()
  await queue.clear()
  const doubt = hadHappened === losses ? [] : [`only ${hadHappened} of ${losses} had happened, as the second try tells`]
  return { slowestMs, violations: [...timesOf(uuids, waiting, 1), ...doubt] }
}

/** A claim that nobody heard of holds its jobs until the reservation is over. They run then, and have lost no try. */
async function reserve({ losing, losses }: Losing): Promise<Outcome> {
  const ran: string[] = []
  const job = losing.index.defineJob('Job', { tries: 1 }, (_, { uuid }) => void ran.push(uuid))
  await using connection = losing.connect()
  await using queue = losing.index.createQueue({ connection: losing.connect(), jobs: [job] })
  const dispatched = await queue.pushMany(
    job,
    Array.from({ length: losses }, () => 1),
  )
  for (let index = 0; index < losses; index += 1) {
    losing.loseAnswerTo('claim')
    await connection.claim({ queues: ['default'], limit: 1 }).catch(() => undefined)
  }
  queue.on('workerError', ignore)
  const startedAt = performance.now()
  const worker = queue.worker({ sleep: 0.2, memory: 0 })
  const run = worker.run()
  const isDrained = async () => (await losing.database.state()).waiting.length === 0
  const wasDrained = await comesTrue(isDrained, retryAfter + 1 + knownSeconds)
  const drainedMs = performance.now() - startedAt
  worker.stop()
  await run
  const { failed } = await losing.database.state()
  const uuids = dispatched.map(({ uuid }) => uuid)
  return {
    slowestMs: Math.max(0, drainedMs - (retryAfter + 1) * 1000),
    violations: [
      ...(wasDrained ? [] : ['jobs were left long after their reservations were over']),
      ...timesOf(uuids, ran, 1),
      ...uuids.filter((uuid) => failed.includes(uuid)).map((uuid) => `${uuid} lost its try without having run`),
    ],
  }
}

/** Batches that are dispatched under a key, and whose members each end in a commit that is not answered. */
async function batch(settings: Losing): Promise<Outcome> {
  const { losing, losses } = settings
  const bench = new Bench(settings)
  const job = losing.index.defineJob<{ n: number }>(
    'App\\Jobs\\Step',
    { php: { properties: { n: {} } } },
    (_, context) => {
      bench.starts(context)
      bench.lose('commit')
    },
  )
  await using working = bench.work([job])
  const members = [1, 2].map((n) => ({ job, data: { n } }))
  let slowestMs = 0
  for (let index = 0; index < losses; index += 3) {
    const key = randomUUID()
    losing.loseAnswerTo('commit')
    const { ms } = await insist(() => working.queue.dispatchBatch(members, { key }))
    slowestMs = Math.max(slowestMs, ms)
    await comesTrue(async () => (await losing.database.state()).waiting.length === 0, 2 * knownSeconds)
  }
  const rows = await losing.database.query('select total_jobs, pending_jobs, failed_jobs, finished_at from job_batches')
  const counts = rows.map((row) => [row.total_jobs, row.pending_jobs, row.failed_jobs, row.finished_at !== null].join())
  const expected = Math.ceil(losses / 3)
  return {
    slowestMs: Math.max(slowestMs, bench.slowestMs),
    violations: [
      ...(counts.length === expected ? [] : [`there are ${counts.length} batches, not ${expected}`]),
      ...counts.filter((each) => each !== '2,0,0,true').map((each) => `a batch counts ${each}`),
      ...bench.check({ jobs: expected * 2, runs: 1, end: 'done' }),
    ],
  }
}

interface Work {
  handle(context: JobContext, lose: (kind: Losable) => void): Promise<void>
  readonly expected: Omit<Expected, 'jobs'>
}

interface Expected {
  readonly jobs: number
  /** Of each job. */
  readonly runs: number
  /** What is told of the last one: `lost` when the job was gone. */
  readonly end: End
  /** Rows of each job in the table `effects`. */
  readonly effects?: number
}

type End = 'done' | 'failed' | 'lost'

/** Dispatches a job, waits until it is told how it ended, then the next. */
async function workOneByOne(settings: Losing, { handle, expected }: Work): Promise<Outcome> {
  const { losing, losses } = settings
  const bench = new Bench(settings)
  const job = losing.index.defineJob('Job', { tries: expected.runs }, (_, context) => {
    bench.starts(context)
    return handle(context, (kind) => bench.lose(kind))
  })
  await using working = bench.work([job])
  const uuids: string[] = []
  for (let index = 0; index < losses; index += 1) {
    const { uuid } = await working.queue.dispatch(job, undefined)
    uuids.push(uuid)
    await comesTrue(() => bench.ends(uuid).length > 0, 2 * knownSeconds)
  }
  const { waiting, failed, effects } = await losing.database.state()
  return {
    slowestMs: bench.slowestMs,
    violations: [
      ...bench.check({ jobs: losses, ...expected }),
      ...timesOf(uuids, waiting, 0),
      ...timesOf(uuids, failed, expected.end === 'failed' ? 1 : 0),
      ...timesOf(uuids, effects, expected.effects ?? 0),
    ],
  }
}

/** A worker whose queue loses answers, and what is seen of its jobs. */
class Bench {
  readonly #settings: Losing
  readonly #lostBefore: number
  readonly #runs = new Map<string, number>()
  readonly #ends = new Map<string, readonly End[]>()
  #armedAt: number | undefined
  slowestMs = 0

  constructor(settings: Losing) {
    this.#settings = settings
    this.#lostBefore = settings.losing.losses
  }

  work(jobs: readonly AnyJobDefinition[]): AsyncDisposable & { readonly queue: Queue } {
    const { losing } = this.#settings
    const queue = losing.index.createQueue({ connection: losing.connect(), jobs })
    queue.on('workerError', ignore)
    queue.on('jobProcessed', ({ uuid }) => this.#tell(uuid, 'done'))
    queue.on('jobFailed', ({ uuid }) => this.#tell(uuid, 'failed'))
    queue.on('leaseLost', ({ uuid }) => this.#tell(uuid, 'lost'))
    const run = queue.worker({ sleep: 0.2, memory: 0 }).run()
    return {
      queue,
      [Symbol.asyncDispose]: async () => {
        await queue.close()
        await run
      },
    }
  }

  starts({ uuid }: JobContext): void {
    this.#runs.set(uuid, (this.#runs.get(uuid) ?? 0) + 1)
  }

  lose(kind: Losable): void {
    const { losing, losses } = this.#settings
    if (losing.isLosing || losing.losses - this.#lostBefore >= losses) return
    losing.loseAnswerTo(kind)
    this.#armedAt = performance.now()
  }

  ends(uuid: string): readonly End[] {
    return this.#ends.get(uuid) ?? []
  }

  check({ jobs, runs, end }: Expected): readonly string[] {
    const all = [...this.#runs]
    return [
      ...(all.length === jobs ? [] : [`${all.length} of ${jobs} jobs ran`]),
      ...all.filter(([, times]) => times !== runs).map(([uuid, times]) => `${uuid} ran ${times} times, not ${runs}`),
      ...all
        .filter(([uuid]) => this.ends(uuid).join() !== end)
        .map(([uuid]) => `${uuid} was told to be ${this.ends(uuid).join(' and ') || 'nothing'}, not ${end}`),
    ]
  }

  #tell(uuid: string, end: End): void {
    this.#ends.set(uuid, [...this.ends(uuid), end])
    if (this.#armedAt !== undefined) this.slowestMs = Math.max(this.slowestMs, performance.now() - this.#armedAt)
    this.#armedAt = undefined
  }
}

/** Errors are what is asked for here; unheard ones would be warned of. */
function ignore(): void {}

/** Does it until it is answered. */
async function insist<T>(act: () => Promise<T>): Promise<{ readonly answer: T; readonly ms: number }> {
  const startedAt = performance.now()
  for (;;) {
    try {
      const answer = await act()
      return { answer, ms: performance.now() - startedAt }
    } catch (error) {
      if (performance.now() - startedAt > 2 * knownSeconds * 1000) throw error
    }
  }
}

function timesOf(uuids: readonly string[], found: readonly string[], expected: number): readonly string[] {
  return uuids.flatMap((uuid) => {
    const times = found.filter((each) => each === uuid).length
    return times === expected ? [] : [`${uuid} is found ${times} times, not ${expected}`]
  })
}
