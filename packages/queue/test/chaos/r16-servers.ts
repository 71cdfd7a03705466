import { randomBytes, randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { Connection, Queue } from '../../src/index.ts'
import { comesTrue, eventually } from '../support/eventually.ts'
import type { DatabaseSettings } from '../support/private-queues.ts'
import {
  type PrivateServer,
  type PrivateServerKind,
  privateMariadb,
  privatePostgres,
} from '../support/private-servers.ts'
import { type LoadedQueue, loadQueue } from './harness/loaded-queue.ts'
import type { DriverName, Verdict } from './harness/scenario.ts'
import { Filler } from './r16-filler.ts'
import type { SmallDiskContext } from './r16-program.ts'
import { problemOf, untyped } from './r16-refusals.ts'

/** A kind of server, and what makes it fall on a full disk: not ours to mend, but to get over. */
interface FallingKind {
  readonly server: PrivateServerKind | undefined
  fall(server: PrivateServer, queue: ServerQueue): Promise<unknown>
}

const kinds: Readonly<Partial<Record<DriverName, FallingKind>>> = {
  // A text on pages of its own that cannot be written has to be rolled back, and for that there is no room either.
  mariadb: { server: privateMariadb, fall: (_server, queue) => queue.push(200_000) },
  // The next segment of its log cannot be made.
  postgres: {
    server: privatePostgres,
    fall: async (server, queue) => {
      await problemOf(() => server.query('select pg_switch_wal()'))
      await queue.push(100)
    },
  },
}

/** Five for the jobs that were claimed before, and more than any statement needs that only deletes. */
const freePages = 256

/**
 * A server whose data is on the small disk. What it can still do on a full one is its own affair; ours is that a refusal
 * says what is wrong, that nothing is half done, and that the same worker goes on when there is room again.
 */
export async function fullServer(context: SmallDiskContext): Promise<Verdict> {
  const kind = kinds[context.driver]
  if (!kind?.server) throw new Error(`The programs of ${context.driver} are not installed here.`)
  await using server = await kind.server.launch()
  await using queue = await ServerQueue.open(context, server)
  using filler = new Filler(join(context.disk, 'filler'))
  const full = await workOnFullServer(queue, filler, context.size)
  const fallen = await getOverFall(kind, { server, queue, filler })
  return {
    figures: { ...full.figures, ...fallen.figures },
    faults: queue.refusals.length,
    violations: [...full.violations, ...fallen.violations],
  }
}

type Findings = Pick<Verdict, 'figures' | 'violations'>

async function workOnFullServer(queue: ServerQueue, filler: Filler, size: SmallDiskContext['size']): Promise<Findings> {
  for (let count = 0; count < (size.jobs ?? 0); count += 1) await queue.push(100)
  const held = await queue.connection.claim({ queues: ['default'], limit: 5 })
  filler.fill(freePages)
  let taken = 0
  while ((await queue.push(3_000)) === undefined) taken += 1
  const completing = await problemOf(() => queue.complete(held))
  const worker = queue.queue.worker({ concurrency: 4, sleep: 0.2, memory: 0 })
  const running = worker.run()
  await eventually(() => queue.errors.length > 0 || queue.isDrained, 10)
  const endedWhileFull = queue.ended.size
  filler.free()
  const wasDrained = await comesTrue(() => queue.isDrained, size.drainSeconds ?? 0)
  worker.stop()
  await running
  return {
    figures: { 'jobs that filled the disk': taken, 'ended while full': endedWhileFull },
    violations: [
      ...new Set([...queue.refusals, ...queue.errors].flatMap(untyped)),
      ...(completing === undefined ? [] : [`What was claimed could not be completed on a full disk: ${completing}`]),
      ...(wasDrained ? [] : ['There was room again, and jobs were left.']),
    ],
  }
}

interface Fall {
  readonly server: PrivateServer
  readonly queue: ServerQueue
  readonly filler: Filler
}

/** The server is started again by somebody when there is room; the queue goes on by itself, and has all that it was told. */
async function getOverFall(kind: FallingKind, { server, queue, filler }: Fall): Promise<Findings> {
  for (let count = 0; count < 20; count += 1) await queue.push(100)
  filler.fill(0)
  const hasFallen = await eventually(async () => {
    await kind.fall(server, queue)
    return (await problemOf(() => server.query('select 1'))) !== undefined
  }, 10).catch(() => false)
  filler.free()
  await server.start()
  const isOpenAgain = await comesTrue(async () => (await queue.push(100)) === undefined, 10)
  const rows = await queue.stored()
  const lost = [...queue.acknowledged].filter((uuid) => !queue.ended.has(uuid) && !rows.includes(uuid))
  const doubled = rows.filter((uuid, index) => rows.indexOf(uuid) !== index)
  return {
    figures: { 'server fell': hasFallen ? 1 : 0 },
    violations: [
      ...(hasFallen ? [] : ['The server did not fall on a disk without room, so that nothing had to be got over.']),
      ...(isOpenAgain ? [] : ['The server was back, and no job was taken.']),
      ...lost.map((uuid) => `Job ${uuid} was acknowledged and is lost.`),
      ...doubled.map((uuid) => `Job ${uuid} is there twice.`),
    ],
  }
}

/** A queue on a private server, with what it acknowledged, ended and refused. */
class ServerQueue implements AsyncDisposable {
  readonly connection: Connection
  readonly queue: Queue
  readonly acknowledged = new Set<string>()
  readonly ended = new Set<string>()
  /** Of dispatches. */
  readonly refusals: unknown[] = []
  /** That the worker told of. */
  readonly errors: unknown[] = []
  readonly #stored: () => Promise<readonly string[]>

  private constructor({ index, connect }: LoadedQueue, place: DatabaseSettings, server: PrivateServer) {
    this.connection = connect(place, { retryAfter: 60 })
    const light = index.defineJob('disk.light', {}, () => undefined)
    this.queue = index.createQueue({ connection: this.connection, jobs: [light] })
    this.queue.on('jobProcessed', ({ uuid }) => this.ended.add(uuid))
    this.queue.on('workerError', ({ error }) => this.errors.push(error))
    this.#stored = async () =>
      (await server.query('select payload from jobs', place.database)).map(({ payload }) => uuidOf(String(payload)))
  }

  static async open({ source, driver }: SmallDiskContext, server: PrivateServer): Promise<ServerQueue> {
    await server.query('create database queue')
    const loaded = await loadQueue(source, driver)
    const opened = new ServerQueue(loaded, { ...server.address, database: 'queue' }, server)
    await opened.queue.migrate()
    return opened
  }

  get isDrained(): boolean {
    return this.ended.size === this.acknowledged.size
  }

  /** Answers the error with which it was refused. */
  async push(bytes: number): Promise<unknown> {
    const uuid = randomUUID()
    try {
      await this.queue.push('disk.light', { text: randomBytes(bytes / 2).toString('hex') }, { uuid })
      this.acknowledged.add(uuid)
      return undefined
    } catch (error) {
      this.refusals.push(error)
      return error
    }
  }

  async complete(jobs: Awaited<ReturnType<Connection['claim']>>): Promise<void> {
    await this.connection.complete(jobs)
    for (const { payload } of jobs) this.ended.add(uuidOf(payload))
  }

  /** The uuids in the table of jobs. */
  stored(): Promise<readonly string[]> {
    return this.#stored()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.queue.close()
  }
}

function uuidOf(payload: string): string {
  return String(JSON.parse(payload).uuid)
}
