import { randomUUID } from 'node:crypto'
import type { Connection, Queue } from '../../src/index.ts'
import type { JobTraits } from './harness/job-kinds.ts'
import { type Bench, recorded, runProgram, takeTime } from './harness/program.ts'

/** The program of R13. Its jobs have no effect in the database: what counts is when they run, and how often. */
export const clockProgram = import.meta.filename

const traits: JobTraits = { end: 'done', effects: 'none', tries: 1 }

export const clockKinds = {
  plain: traits,
  /** Longer than a reservation lasts. */
  slow: traits,
  /** Due some seconds after its dispatch. */
  delayed: traits,
  /** Tried until a minute after its dispatch. */
  deadline: traits,
  /** Reserved by a process that has died since, as on another host. */
  held: traits,
} as const

export type ClockKind = keyof typeof clockKinds

export interface ClockJob {
  readonly kind: ClockKind
  readonly ms: number
}

/** Seconds. */
export const delay = 3
const deadline = 60
/** How often a process writes down what its clock shows. */
const clockEveryMs = 250

/** What is dispatched, in this order; as JSON in the environment. */
export interface ClockLoad {
  readonly jobs: readonly ClockJob[]
}

const jobName = (kind: ClockKind) => (kind === 'deadline' ? 'clock.deadline' : 'clock.job')

function jobsOf({ loaded, ledger }: Bench) {
  const { defineJob } = loaded.index
  // Not from the handlers: whoever has a wrong clock may have none of the jobs that are left.
  setInterval(() => ledger.write({ event: 'clock', unixMs: Date.now() }), clockEveryMs).unref()
  const retryUntil = () => new Date(Date.now() + deadline * 1000)
  return Object.entries({ 'clock.job': {}, 'clock.deadline': { retryUntil } }).map(([name, options]) =>
    defineJob<ClockJob>(name, { tries: 1, ...options }, ({ ms }, context) =>
      recorded(ledger, context, async () => {
        await takeTime(ms, context.signal)
        return 'returned'
      }),
    ),
  )
}

async function dispatchAll({ ledger }: Bench, queue: Queue, { jobs }: ClockLoad): Promise<void> {
  for (const job of jobs) {
    const uuid = randomUUID()
    ledger.write({ event: 'enqueue-try', uuid, kind: job.kind })
    await queue.push(jobName(job.kind), job, {
      uuid,
      ...(job.kind === 'delayed' && { delay }),
      ...(job.kind === 'held' && { queue: 'held' }),
    })
    ledger.write({ event: 'enqueue-ok', uuid })
  }
}

/** And is gone. */
async function claimHeld(connection: Connection): Promise<void> {
  await connection.claim({ queues: ['held'], limit: 100 })
  await connection[Symbol.asyncDispose]()
}

if (import.meta.main) {
  await runProgram(clockProgram, {
    role: process.env.CHAOS_ROLE ?? 'worker',
    jobs: jobsOf,
    commands: (bench, open) => [
      {
        name: 'set-out',
        summary: { es: 'Despacha los trabajos', en: 'Dispatches the jobs' },
        run: async () => {
          const { loaded, settings } = bench
          await using opened = await open()
          await dispatchAll(bench, opened.queue, JSON.parse(process.env.CHAOS_LOAD ?? ''))
          await claimHeld(loaded.connect(settings.place, { retryAfter: settings.retryAfter }))
          return 0
        },
      },
    ],
  })
}
