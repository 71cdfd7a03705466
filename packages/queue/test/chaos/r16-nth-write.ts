import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { ClaimedJob, Connection, NewJob } from '../../src/connection.ts'
import { loadQueue } from './harness/loaded-queue.ts'
import type { Verdict } from './harness/scenario.ts'
import { Filler } from './r16-filler.ts'
import type { SmallDiskContext } from './r16-program.ts'
import { problemOf, untyped } from './r16-refusals.ts'

/**
 * Every write of the queue on a disk that has room for no page more, for one, for two … until it succeeds; the short form
 * leaves some out. A write that was refused has changed nothing; when it ends a job, it can be done all the same while the
 * disk is full.
 */
export async function fullAtNthWrite({ size, source, random, disk }: SmallDiskContext): Promise<Verdict> {
  const loaded = await loadQueue(source, 'sqlite')
  const connect = (path: string) => loaded.connect(path, { retryAfter: 600 })
  const sweeps: Sweep[] = []
  for (const operation of operations) {
    // New work is refused long before a page is all that is missing.
    const step = () => random.whole(1, size.longestStep ?? 1) * (operation.isNewWork ? 20 : 1)
    sweeps.push(await sweep({ operation, step, connect, disk }))
    if (sweeps.at(-1)?.violations.length !== 0) break
  }
  const refusals = sweeps.reduce((sum, { refused }) => sum + refused, 0)
  return {
    figures: { 'writes on a full disk': refusals + sweeps.length, refused: refusals },
    faults: refusals,
    violations: sweeps.flatMap(({ violations }) => violations),
  }
}

interface Sweep {
  readonly refused: number
  readonly violations: readonly string[]
}

async function sweep({ step, ...settings }: Omit<Round, 'pages'> & { readonly step: () => number }): Promise<Sweep> {
  const { name } = settings.operation
  let refused = 0
  for (let pages = 0; pages <= mostPages; pages += step()) {
    const { wasRefused, violations } = await carryOut({ ...settings, pages })
    if (violations.length > 0)
      return { refused, violations: violations.map((violation) => `${name}, ${pages} pages free: ${violation}`) }
    if (!wasRefused) return { refused, violations }
    refused += 1
  }
  return { refused, violations: [`${name} needs more than ${mostPages} pages.`] }
}

const mostPages = 2_000

interface Operation {
  readonly name: string
  /** New jobs wait until there is room again; whatever lets jobs end does not. */
  readonly isNewWork: boolean
  /** Bytes of each job that waits. Default 3,000. */
  readonly bytes?: number
  run(prepared: Prepared): Promise<unknown>
}

interface Prepared {
  readonly connection: Connection
  readonly held: readonly [ClaimedJob, ClaimedJob, ClaimedJob]
  readonly failedUuid: string
}

const newJob = (bytes: number): NewJob => ({
  queue: 'default',
  payload: JSON.stringify({ uuid: crypto.randomUUID(), text: 'x'.repeat(bytes) }),
  due: { inSeconds: 0 },
})

const failureOf = ({ payload }: ClaimedJob, bytes: number) => ({
  uuid: String(JSON.parse(payload).uuid),
  connection: 'database',
  queue: 'default',
  payload,
  exception: 'x'.repeat(bytes),
})

const lock = { key: 'lock', owner: 'me', seconds: 60 }
const noFailures = { batchId: 'batch', uuid: 'none', allowsFailures: () => true }

const operations: readonly Operation[] = [
  { name: 'push', isNewWork: true, run: ({ connection }) => connection.push([newJob(100)]) },
  {
    name: 'push of more than there is room for',
    isNewWork: true,
    run: ({ connection }) => connection.push(Array.from({ length: 20 }, () => newJob(100_000))),
  },
  { name: 'unique push', isNewWork: true, run: ({ connection }) => connection.pushUnique([newJob(100)], [lock]) },
  {
    name: 'push of a batch',
    isNewWork: true,
    run: ({ connection }) => connection.pushBatch({ id: 'batch', name: '', options: '' }, [newJob(5_000)]),
  },
  { name: 'reserved push', isNewWork: true, run: ({ connection }) => connection.pushReserved('default', '{}') },
  { name: 'claim', isNewWork: false, run: ({ connection }) => connection.claim({ queues: ['default'], limit: 3 }) },
  {
    // Together they are larger than all that was kept.
    name: 'claim of large jobs',
    isNewWork: false,
    bytes: 700_000,
    run: ({ connection }) => connection.claim({ queues: ['default'], limit: 100 }),
  },
  { name: 'renew', isNewWork: false, run: ({ connection, held }) => connection.renew(held) },
  { name: 'complete', isNewWork: false, run: ({ connection, held }) => connection.complete(held) },
  {
    name: 'exchange',
    isNewWork: false,
    run: ({ connection, held }) => connection.exchange(held, { queues: ['default'], limit: 2 }),
  },
  { name: 'release', isNewWork: false, run: ({ connection, held: [job] }) => connection.release(job, 5) },
  { name: 'forgive', isNewWork: false, run: ({ connection, held }) => connection.forgive(held, { areSuspects: true }) },
  { name: 'count of a crash', isNewWork: false, run: ({ connection, held: [job] }) => connection.countCrash(job) },
  { name: 'unclaim', isNewWork: false, run: ({ connection, held }) => connection.unclaim(held) },
  {
    name: 'fail',
    isNewWork: false,
    run: ({ connection, held: [job] }) => connection.fail(job, failureOf(job, 60_000), noFailures),
  },
  {
    name: 'conclude',
    isNewWork: false,
    run: ({ connection, held: [job] }) => connection.conclude(job, { next: newJob(3_000) }),
  },
  { name: 'retry', isNewWork: false, run: ({ connection, failedUuid }) => connection.retry(failedUuid, String) },
  { name: 'forget', isNewWork: false, run: ({ connection, failedUuid }) => connection.forget(failedUuid) },
  { name: 'clear', isNewWork: false, run: ({ connection }) => connection.clear('default') },
]

interface Round {
  readonly operation: Operation
  /** Left on the disk. */
  readonly pages: number
  readonly connect: (path: string) => Connection
  readonly disk: string
}

interface RoundResult {
  readonly wasRefused: boolean
  readonly violations: readonly string[]
}

async function carryOut({ operation, pages, connect, disk }: Round): Promise<RoundResult> {
  const folder = join(disk, 'nth')
  mkdirSync(folder)
  const path = join(folder, 'queue.sqlite')
  try {
    const { held, failedUuid } = await prepare(connect, path, operation.bytes)
    // Opened anew, so that its log is empty and the first write needs a page.
    await using connection = connect(path)
    using filler = new Filler(join(disk, 'filler'))
    const before = contentsOf(path)
    filler.fill(pages)
    return await judge({ path, before, isNewWork: operation.isNewWork, filler }, () =>
      operation.run({ connection, held, failedUuid }),
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function prepare(connect: (path: string) => Connection, path: string, bytes = 3_000) {
  await using connection = connect(path)
  await connection.migrate()
  await connection.push([
    ...Array.from({ length: 4 }, () => newJob(3_000)),
    ...Array.from({ length: 8 }, () => newJob(bytes)),
  ])
  const [first, ...held] = await connection.claim({ queues: ['default'], limit: 4 })
  const [a, b, c] = held
  if (!first || !a || !b || !c) throw new Error('The jobs could not be claimed.')
  const failure = failureOf(first, 100)
  await connection.fail(first, failure)
  // A renewal in the same second would change nothing.
  using database = new DatabaseSync(path, { timeout: 1_000 })
  database.exec('update jobs set reserved_at = reserved_at - 5')
  return { held: [a, b, c] as const, failedUuid: failure.uuid }
}

interface Judged {
  readonly path: string
  readonly before: string
  readonly isNewWork: boolean
  readonly filler: Filler
}

async function judge({ path, before, isNewWork, filler }: Judged, run: () => Promise<unknown>): Promise<RoundResult> {
  const first = await problemOf(run)
  if (first === undefined) return { wasRefused: false, violations: changed(before, path, 'It was done') }
  const violations = [...untyped(first), ...unchanged(before, path, 'It was refused')]
  const second = await problemOf(run)
  if (isNewWork && second === undefined) violations.push('New work was taken on a full disk.')
  if (!isNewWork && second !== undefined) violations.push(`It could not be done on a full disk: ${second}`)
  violations.push(...untyped(second))
  if (isNewWork) {
    filler.free()
    const third = await problemOf(run)
    if (third !== undefined) violations.push(`There was room again, and still it was refused: ${third}`)
  }
  violations.push(...changed(before, path, 'In the end it was done'), ...integrity(path))
  return { wasRefused: true, violations }
}

function unchanged(before: string, path: string, what: string): readonly string[] {
  return contentsOf(path) === before ? [] : [`${what}, and yet something is changed.`]
}

function changed(before: string, path: string, what: string): readonly string[] {
  return contentsOf(path) === before ? [`${what}, and yet nothing is changed.`] : []
}

function contentsOf(path: string): string {
  using database = new DatabaseSync(path, { readOnly: true })
  const tables = ['jobs', 'failed_jobs', 'job_batches', 'cache_locks', 'queue_expired', 'queue_crashes']
  return JSON.stringify(tables.map((table) => database.prepare(`select * from ${table} order by 1`).all()))
}

function integrity(path: string): readonly string[] {
  using database = new DatabaseSync(path, { readOnly: true })
  const found = database.prepare('pragma integrity_check').all()
  return found.map((row) => String(row.integrity_check)).filter((text) => text !== 'ok')
}
