import type { ClaimedJob, Connection, NewFailure, NewJob, Transaction } from '../../src/connection.ts'
import { createQueue, type Queue } from '../../src/index.ts'
import type { FaultedQueue } from '../support/faulted-queue.ts'
import type { SourceModules } from '../support/source-modules.ts'

/** Who does the operation: on the driver that meets the faults. */
export interface Subject {
  readonly connection: Connection
  readonly queue: Queue
  /** What the application does in one transaction of its own. */
  transact<T>(work: (tx: Transaction) => Promise<T>): Promise<T>
}

/** Where what must be there before comes from: no fault meets it. */
export interface Given {
  readonly clean: Connection
  /** A statement past the queue. */
  execute(sql: string): Promise<unknown>
  /** What the column `attempts` holds at the most. */
  readonly mostAttempts: number
}

export type Act = (subject: Subject) => Promise<unknown>

export interface Operation {
  readonly name: string
  /** Makes what is there before; answers what is done then. */
  prepare(given: Given): Promise<Act>
  /** `same`: who got no answer may do it again, and nothing more comes of it. `more`: a second time is a second wish. */
  readonly again: 'same' | 'more'
  /** Several units, of which some may have happened: says what is wrong with a state between the first and the last. */
  readonly wrongBetween?: (lines: (table: string) => number) => string | undefined
  /** A claim whose answer was lost: each job that comes back when its reservation is over must not have lost a try. */
  readonly claims?: true
}

export const retryAfter = 86_400
const agedSeconds = 90_000

const payloadOf = (name: string) =>
  JSON.stringify({ uuid: name, displayName: 'Job', job: 'Job', maxTries: 3, data: name })
const jobOf = (name: string): NewJob => ({ queue: 'default', payload: payloadOf(name), due: { inSeconds: 0 } })
const failureOf = (job: ClaimedJob, uuid: string): NewFailure => ({
  uuid,
  connection: 'database',
  queue: job.queue,
  payload: job.payload,
  exception: 'Error: no stock',
})
const gone: ClaimedJob = { ...jobOf('gone'), id: '1', attempts: 1, forgiven: 0, crashes: 0 }
const claimAll = { queues: ['default'], limit: 10 }
/** A claim that is done again goes on behind what it took first, which others find soon. */
const ample = ['a', 'b', 'c', 'd', 'e']
const batch = { id: 'batch', name: 'Batch', options: 'a:0:{}' }
const member = (uuid: string) => ({ batchId: batch.id, uuid, allowsFailures: () => true })

/** So many jobs that wait. */
async function waiting({ clean }: Given, ...names: readonly string[]): Promise<void> {
  await clean.push(names.map(jobOf))
}

/** Jobs that were claimed, for the first time or again after their worker died. */
async function claimed(given: Given, times: 1 | 2, ...names: readonly string[]) {
  const { clean, execute } = given
  await waiting(given, ...names)
  const jobs = await clean.claim(claimAll)
  if (times === 1) return jobs
  await execute(`update jobs set reserved_at = reserved_at - ${agedSeconds}`)
  return clean.claim(claimAll)
}

async function failed(given: Given, ...names: readonly string[]): Promise<void> {
  for (const job of await claimed(given, 1, ...names))
    await given.clean.fail(job, failureOf(job, `failed-${JSON.parse(job.payload).uuid}`))
}

function first(jobs: readonly ClaimedJob[]): ClaimedJob {
  const [job] = jobs
  if (!job) throw new Error('No job was claimed.')
  return job
}

/** What looks and changes nothing. */
const looks: Readonly<Record<string, (subject: Subject) => Promise<unknown>>> = {
  size: ({ queue }) => queue.size(),
  jobs: ({ queue }) => queue.jobs(),
  isQueued: ({ queue }) => queue.isQueued('a'),
  isPaused: ({ queue }) => queue.isPaused('default'),
  oldestDue: ({ queue }) => queue.oldestDue(),
  failed: ({ queue }) => queue.failed(),
  countFailed: ({ queue }) => queue.countFailed(),
  findFailed: ({ queue }) => queue.findFailed('failed-f'),
  failedUuids: ({ queue }) => queue.failedUuids(),
  failedInBatch: ({ queue }) => queue.failedInBatch('batch'),
  nextDue: async ({ connection }) => (await connection.nextDue({ queues: ['default'] })) === 0,
  now: async ({ connection }) => (await connection.now()) > 1_700_000_000,
  'shared.get': ({ connection }) => connection.shared.get(['a', 'b']),
}

const looking = Object.entries(looks).map(
  ([name, act]): Operation => ({
    name,
    again: 'same',
    prepare: async (given) => {
      await failed(given, 'f')
      await given.clean.pushBatch(batch, [jobOf('a'), jobOf('b')])
      await given.clean.shared.put('a', 'A')
      return act
    },
  }),
)

/** What the application does. */
function dispatching({ index: { defineJob } }: SourceModules): readonly Operation[] {
  const plain = defineJob<string>('Job', {}, () => undefined)
  const unique = defineJob<string>('Unique', { unique: { id: String } }, () => undefined)
  const classJob = defineJob<{ n: number }>('App\\Jobs\\Step', { php: { properties: { n: {} } } }, () => undefined)
  return [
    {
      name: 'dispatch',
      again: 'more',
      prepare:
        async () =>
        ({ queue }) =>
          queue.dispatch(plain, 'x', { uuid: 'chosen' }),
    },
    {
      name: 'dispatch with a delay, by name',
      again: 'more',
      prepare:
        async () =>
        ({ queue }) =>
          queue.push('Other', { n: 1 }, { uuid: 'chosen', delay: 60_000, queue: 'late' }),
    },
    {
      name: 'dispatch of a unique job',
      again: 'same',
      prepare:
        async () =>
        ({ queue }) =>
          queue.dispatch(unique, 'x', { uuid: 'chosen' }),
    },
    {
      name: 'pushMany',
      again: 'more',
      prepare:
        async () =>
        ({ queue }) =>
          queue.pushMany(plain, ['x', 'y', 'z']),
    },
    {
      name: 'pushMany of more than one statement holds',
      again: 'more',
      prepare:
        async () =>
        ({ queue }) =>
          queue.pushMany(
            plain,
            Array.from({ length: 501 }, () => 'x'),
          ),
    },
    {
      name: 'dispatchBatch',
      again: 'more',
      prepare:
        async () =>
        ({ queue }) =>
          queue.dispatchBatch([1, 2].map((n) => ({ job: classJob, data: { n } }))),
    },
    {
      name: 'dispatch of a unique job with a key',
      again: 'same',
      prepare:
        async () =>
        ({ queue }) =>
          queue.dispatch(unique, 'x', { uuid: 'chosen', key: 'order 1' }),
    },
    {
      name: 'pushMany with a key',
      again: 'same',
      prepare:
        async () =>
        ({ queue }) =>
          queue.pushMany(plain, ['x', 'y'], { key: 'order 1' }),
    },
    {
      name: 'dispatchBatch with a key',
      again: 'same',
      prepare:
        async () =>
        ({ queue }) =>
          queue.dispatchBatch([{ job: classJob, data: { n: 1 } }], { key: 'order 1' }),
    },
    {
      name: 'restartWorkers',
      again: 'same',
      prepare:
        async () =>
        ({ queue }) =>
          queue.restartWorkers(),
    },
    {
      name: 'pause',
      again: 'same',
      prepare:
        async () =>
        ({ queue }) =>
          queue.pause('default'),
    },
    {
      name: 'pause for a while',
      again: 'same',
      prepare:
        async () =>
        ({ queue }) =>
          queue.pause(undefined, 60_000),
    },
    {
      name: 'resume',
      again: 'same',
      prepare: async ({ clean }) => {
        await createQueue({ connection: clean }).pause('default')
        return ({ queue }) => queue.resume('default')
      },
    },
  ]
}

const operating: readonly Operation[] = [
  {
    name: 'clear',
    again: 'same',
    prepare: async (given) => {
      await claimed(given, 2, 'a', 'b')
      await given.clean.push([{ ...jobOf('other'), queue: 'other' }])
      return ({ queue }) => queue.clear()
    },
    // Rows go first, and what is remembered of them afterwards.
    wrongBetween: (lines) => (lines('jobs') === 1 ? undefined : 'only some of the jobs were deleted'),
  },
  {
    name: 'retry',
    again: 'same',
    prepare: async (given) => {
      await failed(given, 'f', 'g')
      return ({ queue }) => queue.retry('failed-f')
    },
  },
  {
    name: 'retryAll',
    again: 'same',
    prepare: async (given) => {
      await failed(given, 'f', 'g', 'h')
      return ({ queue }) => queue.retryAll()
    },
    wrongBetween: (lines) =>
      lines('jobs') + lines('failed_jobs') === 3 ? undefined : 'there are not three jobs in all',
  },
  {
    name: 'forget',
    again: 'same',
    prepare: async (given) => {
      await failed(given, 'f', 'g')
      return ({ queue }) => queue.forget('failed-f')
    },
  },
  {
    name: 'forgetAll',
    again: 'same',
    prepare: async (given) => {
      await failed(given, 'f', 'g')
      return ({ queue }) => queue.forgetAll({ queue: 'default' })
    },
    wrongBetween: (lines) => (lines('failed_jobs') <= 2 ? undefined : 'there are more failed jobs than before'),
  },
  {
    name: 'flush',
    again: 'same',
    prepare: async (given) => {
      await failed(given, 'f', 'g')
      return ({ queue }) => queue.flush()
    },
  },
  {
    name: 'flush of what is older',
    again: 'same',
    prepare: async (given) => {
      await failed(given, 'f', 'g')
      await given.execute(`update failed_jobs set failed_at = '2020-01-02 03:04:05' where uuid = 'failed-f'`)
      return ({ queue }) => queue.flush(1_000)
    },
  },
  {
    name: 'pruneFailed',
    again: 'same',
    prepare: async (given) => {
      await failed(given, 'f', 'g')
      await given.execute(`update failed_jobs set failed_at = '2020-01-02 03:04:05' where uuid = 'failed-g'`)
      return ({ queue }) => queue.pruneFailed(1_000)
    },
  },
  {
    name: 'pruneBatches',
    again: 'same',
    prepare: async ({ clean, execute }) => {
      await clean.pushBatch(batch, [jobOf('a')])
      await execute('update job_batches set finished_at = 1000, created_at = 1000')
      return ({ queue }) => queue.pruneBatches({ state: 'finished', olderThanHours: 1 })
    },
  },
  {
    name: 'migrate what is migrated',
    again: 'same',
    prepare: async (given) => {
      await waiting(given, 'a')
      return ({ queue }) => queue.migrate()
    },
  },
]

/** What a worker does. */
const working: readonly Operation[] = [
  {
    name: 'pushReserved',
    again: 'more',
    prepare:
      async () =>
      ({ connection }) =>
        connection.pushReserved('default', payloadOf('x')),
  },
  {
    name: 'claim',
    again: 'more',
    claims: true,
    prepare: async (given) => {
      await waiting(given, ...ample)
      return ({ connection }) => connection.claim({ ...claimAll, limit: 2 })
    },
  },
  {
    name: 'claim of known jobs in two queues',
    again: 'more',
    claims: true,
    prepare: async (given) => {
      await waiting(given, 'a', 'b', 'c')
      return ({ connection }) => connection.claim({ queues: ['none', 'default'], limit: 2, containing: ['"a"', '"c"'] })
    },
  },
  {
    name: 'claim of what expired',
    again: 'more',
    claims: true,
    prepare: async (given) => {
      await claimed(given, 1, 'a', 'b')
      await given.execute(`update jobs set reserved_at = reserved_at - ${agedSeconds}`)
      return ({ connection }) => connection.claim({ ...claimAll, limit: 1 })
    },
  },
  {
    name: 'claim at the limit of attempts',
    again: 'more',
    prepare: async (given) => {
      await waiting(given, 'a')
      await given.execute(`update jobs set attempts = ${given.mostAttempts}`)
      return ({ connection }) => connection.claim({ ...claimAll, limit: 1 })
    },
  },
  {
    name: 'renew',
    again: 'same',
    prepare: async (given) => {
      const jobs = await claimed(given, 1, 'a', 'b')
      await given.execute('update jobs set reserved_at = reserved_at - 40000')
      return ({ connection }) => connection.renew(jobs)
    },
  },
  ...([1, 2] as const).map(
    (times): Operation => ({
      name: times === 1 ? 'complete' : 'complete of what was forgiven',
      again: 'same',
      prepare: async (given) => {
        const jobs = await claimed(given, times, 'a', 'b')
        return ({ connection }) => connection.complete(jobs)
      },
    }),
  ),
  ...([1, 2] as const).map(
    (times): Operation => ({
      name: `complete with one that is lost${times === 1 ? '' : ', of what was forgiven'}`,
      again: 'same',
      prepare: async (given) => {
        const jobs = await claimed(given, times, 'a', 'b')
        await given.clean.release(first(jobs), 0)
        return ({ connection }) => connection.complete(jobs)
      },
    }),
  ),
  {
    name: 'renew with one that is lost',
    again: 'same',
    prepare: async (given) => {
      const jobs = await claimed(given, 1, 'a', 'b')
      await given.clean.release(first(jobs), 0)
      await given.execute('update jobs set reserved_at = reserved_at - 40000')
      return ({ connection }) => connection.renew(jobs)
    },
  },
  ...[0, 60_000].map(
    (delaySeconds): Operation => ({
      name: delaySeconds === 0 ? 'unclaim' : 'unclaim with a delay',
      again: 'more',
      prepare: async (given) => {
        const jobs = await claimed(given, 1, 'a', 'b')
        return ({ connection }) => connection.unclaim(jobs, delaySeconds)
      },
    }),
  ),
  {
    name: 'exchange',
    again: 'more',
    claims: true,
    prepare: async (given) => {
      const jobs = await claimed(given, 1, 'a', 'b')
      await waiting(given, 'c', 'd')
      return ({ connection }) => connection.exchange(jobs, { ...claimAll, limit: 1 })
    },
  },
  {
    name: 'exchange with one that is lost',
    again: 'more',
    claims: true,
    prepare: async (given) => {
      const jobs = await claimed(given, 1, 'a', 'b')
      // Due and not counted: whoever claims it has its first try.
      await given.clean.unclaim([first(jobs)])
      await waiting(given, 'c', 'd')
      return ({ connection }) => connection.exchange(jobs, { ...claimAll, limit: 1 })
    },
  },
  {
    name: 'release',
    again: 'same',
    prepare: async (given) => {
      const job = first(await claimed(given, 1, 'a'))
      return ({ connection }) => connection.release(job, 60_000)
    },
  },
  ...([1, 2] as const).map(
    (times): Operation => ({
      name: times === 1 ? 'fail' : 'fail of what was forgiven, in a batch',
      again: 'same',
      prepare: async (given) => {
        await given.clean.pushBatch(batch, [])
        await given.execute('update job_batches set total_jobs = 2, pending_jobs = 2')
        const job = first(await claimed(given, times, 'a', 'b'))
        return ({ connection }) =>
          connection.fail(job, failureOf(job, 'failed-a'), times === 2 ? member('a') : undefined)
      },
    }),
  ),
  {
    name: 'fail with the uuid of another',
    again: 'same',
    prepare: async (given) => {
      await failed(given, 'f')
      const job = first(await claimed(given, 1, 'a'))
      return ({ connection }) => connection.fail(job, failureOf(job, 'failed-f'))
    },
  },
  {
    name: 'fail of a job that failed before',
    again: 'same',
    prepare: async (given) => {
      const job = first(await claimed(given, 1, 'a'))
      await given.clean.recordFailure({ ...failureOf(job, 'failed-a'), exception: 'Error: long ago' })
      return ({ connection }) => connection.fail(job, failureOf(job, 'failed-a'))
    },
  },
  {
    name: 'recordFailure',
    again: 'same',
    prepare:
      async () =>
      ({ connection }) =>
        connection.recordFailure(failureOf(gone, 'failed-gone')),
  },
  {
    name: 'recordFailure of a job that failed before',
    again: 'same',
    prepare: async ({ clean }) => {
      await clean.recordFailure({ ...failureOf(gone, 'failed-gone'), exception: 'Error: long ago' })
      return ({ connection }) => connection.recordFailure(failureOf(gone, 'failed-gone'))
    },
  },
  {
    name: 'recordFailure with the uuid of another',
    again: 'more',
    prepare: async (given) => {
      await failed(given, 'f')
      return ({ connection }) => connection.recordFailure(failureOf(gone, 'failed-f'))
    },
  },
  {
    name: 'conclude with the next of a chain, in a batch',
    again: 'same',
    prepare: async (given) => {
      await given.clean.pushBatch(batch, [])
      await given.execute('update job_batches set total_jobs = 2, pending_jobs = 2')
      const job = first(await claimed(given, 1, 'a'))
      return ({ connection }) => connection.conclude(job, { next: jobOf('next'), batch: member('a') })
    },
  },
]

/** Of the application, beside what it asks of the queue: both are there in the end, or neither is. */
function writeOwnRow(tx: Transaction): Promise<unknown> {
  return tx.query(
    `insert into queue_slots (name, slot, owner, expires_at) values ('own row', 0, 'the application', 0)`,
    [],
  )
}

/** A second time is a second wish: the own row is in its way. */
const together: readonly Operation[] = [
  {
    name: 'push in a transaction of the application',
    again: 'more',
    prepare: async () => inTransaction((connection, tx) => connection.push([jobOf('a'), jobOf('b')], tx)),
  },
  {
    name: 'pushUnique in a transaction of the application',
    again: 'more',
    prepare: async () =>
      inTransaction((connection, tx) =>
        connection.pushUnique([jobOf('a')], [{ key: 'a', owner: 'me', seconds: 60_000 }], tx),
      ),
  },
  {
    name: 'pushBatch in a transaction of the application',
    again: 'more',
    prepare: async () =>
      inTransaction((connection, tx) => connection.pushBatch(batch, [jobOf('a'), jobOf('b')], { transaction: tx })),
  },
  {
    name: 'conclude in a transaction of the application',
    again: 'more',
    prepare: async (given) => {
      await given.clean.pushBatch(batch, [])
      await given.execute('update job_batches set total_jobs = 2, pending_jobs = 2')
      const job = first(await claimed(given, 1, 'a'))
      return inTransaction((connection, tx) =>
        connection.conclude(job, { next: jobOf('next'), batch: member('a') }, tx),
      )
    },
  },
]

function inTransaction(act: (connection: Connection, tx: Transaction) => Promise<unknown>): Act {
  return ({ connection, transact }) =>
    transact(async (tx) => {
      await writeOwnRow(tx)
      return act(connection, tx)
    })
}

/** What is done with the jobs of a process that ended, and with the slots of workers. */
const recovering: readonly Operation[] = [
  ...[false, true].map(
    (areSuspects): Operation => ({
      name: areSuspects ? 'forgive suspects' : 'forgive',
      again: 'same',
      prepare: async (given) => {
        const jobs = await claimed(given, 2, 'a', 'b')
        return ({ connection }) => connection.forgive(jobs, { areSuspects })
      },
    }),
  ),
  {
    name: 'countCrash',
    again: 'more',
    prepare: async (given) => {
      const job = first(await claimed(given, 1, 'a'))
      return ({ connection }) => connection.countCrash(job)
    },
  },
  {
    name: 'reserved',
    again: 'same',
    prepare: async (given) => {
      const jobs = await claimed(given, 2, 'a', 'b')
      return ({ connection }) => connection.reserved(jobs)
    },
  },
  {
    name: 'slots.take',
    again: 'same',
    prepare: async ({ clean }) => {
      await clean.slots.take({ ...slot, owner: 'another', isDead: () => false, isAtWork: () => false })
      return ({ connection }) =>
        connection.slots.take({ ...slot, owner: 'me', isDead: (owner) => owner === 'me', isAtWork: () => false })
    },
    // A row is made first, and taken afterwards.
    wrongBetween: (lines) => (lines('queue_slots') === 2 ? undefined : 'there are not two slots'),
  },
  {
    name: 'slots.renew',
    again: 'same',
    prepare: async ({ clean }) => {
      await clean.slots.take({ ...slot, owner: 'me', isDead: () => false, isAtWork: () => false })
      return ({ connection }) => connection.slots.renew({ name: slot.name, slot: 0, owner: 'me' }, 80_000)
    },
  },
  {
    name: 'slots.free',
    again: 'same',
    prepare: async ({ clean }) => {
      await clean.slots.take({ ...slot, owner: 'me', isDead: () => false, isAtWork: () => false })
      return ({ connection }) => connection.slots.free({ name: slot.name, slot: 0, owner: 'me' })
    },
  },
]

const slot = { name: 'workers', limit: 2, leaseSeconds: 40_000 }

const sharing: readonly Operation[] = [
  {
    name: 'shared.put',
    again: 'same',
    prepare:
      async () =>
      ({ connection }) =>
        connection.shared.put('a', 'A', 60_000),
  },
  {
    name: 'shared.forget',
    again: 'same',
    prepare: async ({ clean }) => {
      await clean.shared.put('a', 'A')
      return ({ connection }) => connection.shared.forget('a')
    },
  },
  {
    name: 'shared.increment',
    again: 'more',
    prepare:
      async () =>
      ({ connection }) =>
        connection.shared.increment('a', 60_000),
  },
  {
    name: 'shared.acquireLock',
    again: 'same',
    prepare:
      async () =>
      ({ connection }) =>
        connection.shared.acquireLock({ key: 'a', owner: 'me', seconds: 60_000 }),
  },
  {
    name: 'shared.acquireLock of a lock that is over',
    again: 'same',
    prepare: async ({ clean, execute }) => {
      await clean.shared.acquireLock({ key: 'a', owner: 'another', seconds: 60_000 })
      await execute('update cache_locks set expiration = 1000')
      return ({ connection }) => connection.shared.acquireLock({ key: 'a', owner: 'me', seconds: 60_000 })
    },
  },
  {
    name: 'shared.releaseLock of whoever has it',
    again: 'same',
    prepare: async ({ clean }) => {
      await clean.shared.acquireLock({ key: 'a', owner: 'another', seconds: 60_000 })
      return ({ connection }) => connection.shared.releaseLock('a')
    },
  },
  {
    name: 'shared.releaseLock',
    again: 'same',
    prepare: async ({ clean }) => {
      await clean.shared.acquireLock({ key: 'a', owner: 'me', seconds: 60_000 })
      return ({ connection }) => connection.shared.releaseLock('a', 'me')
    },
  },
  {
    name: 'shared.releaseLocksOf',
    again: 'same',
    prepare: async ({ clean }) => {
      for (const key of ['a', 'b']) await clean.shared.acquireLock({ key, owner: 'me', seconds: 60_000 })
      return ({ connection }) => connection.shared.releaseLocksOf('me')
    },
  },
]

/** Every public operation of a queue and of its connection. */
export function operations(modules: SourceModules): readonly Operation[] {
  return [...dispatching(modules), ...operating, ...working, ...together, ...recovering, ...sharing, ...looking]
}

/** Lets all reservations run out and claims what there is: names of the jobs that lost a try without having begun. */
export async function triesLost({ clean, query }: FaultedQueue): Promise<readonly string[]> {
  await query(`update jobs set reserved_at = reserved_at - ${agedSeconds}`)
  const jobs: ClaimedJob[] = []
  for (let more = await clean.claim(claimAll); more.length > 0; more = await clean.claim(claimAll)) jobs.push(...more)
  return jobs.filter(({ attempts, forgiven }) => attempts - forgiven !== 1).map(({ payload }) => payload)
}
