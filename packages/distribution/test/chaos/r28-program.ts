import { existsSync, readFileSync, rmSync } from 'node:fs'
import { flushCompileCache } from 'node:module'
import { dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { type Connection, createQueue, type JobContext } from '@surtidor/queue'
import { processTerminal, queueCommands, runCommand } from '@surtidor/queue/commands'
import type { LogEvent } from 'kysely'
import { Ledger } from '../../../queue/test/chaos/harness/ledger.ts'
import { type ProgramSettings, recorded } from '../../../queue/test/chaos/harness/program.ts'
import type { CopyContext, CopyDependencies } from '../../src/copy/copy-products-job.ts'
import type { DatabaseAddress } from '../../src/database/open-database.ts'

/** The program of R28: a worker of the application whose copies tell how far they came, and stop where they are told to. */
export const copiesProgram = import.meta.filename

export interface CopyProgramSettings extends ProgramSettings {
  readonly role: CopyRole
  readonly central: DatabaseAddress
  /** Where it finds the server of the stores: on servers behind a proxy. */
  readonly stores: DatabaseAddress
  readonly installation: string
}

/** Who is killed and cut off, and who is stopped and wakes up late. */
export type CopyRole = 'worker' | 'zombie'

/** What the copies tell beside the queue's ledger. `run` is that of the copy, `of` the attempt of its job. */
export type CopyEvent =
  /** The receipt is this attempt's. */
  | { readonly event: 'claimed'; readonly run: number; readonly uuid: string; readonly of: number }
  /** A page is on disk. */
  | { readonly event: 'page'; readonly run: number; readonly uuid: string; readonly of: number }
  /** Between two pages, and ready to be stopped there. */
  | Standing<'waits'>
  | Standing<'wakes'>
  /** It came late: how its attempt ended, and whether it had come as far as a store's transaction by then. */
  | (Standing<'came late'> & { readonly code: string; readonly hasAsked: boolean })
  /** The process ends itself in the middle of a transaction of a store. */
  | { readonly event: 'cut'; readonly sql: string }

interface Standing<Event extends string> {
  readonly event: Event
  readonly run: number
  readonly company: number
  readonly uuid: string
  readonly of: number
}

/** In the folder of a run: who takes one away carries it out. */
export const orders = {
  /** A zombie stands still after its next page, until the file that it names is there. */
  stop: 'order-stop',
  /** A process kills itself once a store has carried out a statement like this. */
  cut: 'order-cut',
}

/** While it is there, who takes over a copy of this store waits before its first page. */
export function holdFile(folder: string, company: number): string {
  return join(folder, `hold-${company}`)
}

/** Takes longer over each page, so that more of the time is in the middle of a copy. */
const pauseMs = 25
/** What the page has left under way in the central database is done by then: who is stopped must not hold a lock there. */
const settleMs = 150
/** Until who was late has come, on a busy machine too. */
const longestHoldMs = 20_000
/** With more products left there is another page, whatever was deactivated meanwhile. */
const fewLeft = 500

interface Bench {
  readonly settings: CopyProgramSettings
  readonly ledger: Ledger
  readonly told: Ledger<CopyEvent>
}

async function main(): Promise<void> {
  const settings: CopyProgramSettings = JSON.parse(process.env.CHAOS_SETTINGS ?? '')
  const { folder, role, host = 'here' } = settings
  const bench = { settings, ledger: new Ledger(folder, role), told: new Ledger<CopyEvent>(folder, 'copies') }
  flushCompileCache()
  process.exitCode = await runCommand(
    {
      name: 'chaos',
      summary: { es: 'Pruebas', en: 'Tests' },
      commands: queueCommands({
        open: () => openQueue(bench),
        script: copiesProgram,
        recordFolder: join(folder, `records-${host}`),
      }),
      onDefect: (error) => console.error(error),
    },
    process.argv.slice(2),
    processTerminal('en'),
  )
}

async function openQueue(bench: Bench) {
  const { settings, ledger } = bench
  const parts = await loadParts(settings.source)
  let current: Attempt | undefined
  const central = await parts.openCentral(settings.central, {
    log: async (event) => current?.onCentralStatement(event),
  })
  const quiet = { info: () => undefined, error: () => undefined }
  const opened: Opened = { ...bench, parts, central, memory: new parts.SharedMemory() }
  const { name, schema, options } = parts.copyProductsToClientJob({ central, stores: storesOf(opened), log: quiet })
  const job = {
    name,
    schema,
    // A copy that was cut off is tried again soon.
    options: { ...options, backoff: 1 },
    handler: (data: Request, context: JobContext) =>
      recorded(ledger, context, async () => {
        // One at a time: the worker has one runner of jobs.
        current = new Attempt(opened, context)
        await current.run(data)
        return 'returned'
      }),
  }
  const queue = createQueue({ connection: await connectionOf(settings), jobs: [job] })
  queue.on('jobFailed', ({ uuid, error }) => console.error(uuid, error))
  queue.on('jobReleased', ({ uuid, error }) => console.error(uuid, error))
  queue.on('workerError', ({ error }) => console.error(error))
  // Its first line tells that it has begun to work.
  ledger.write({ event: 'clock', unixMs: Date.now() })
  return {
    queue,
    [Symbol.asyncDispose]: async () => {
      await queue.close()
      await central.destroy()
    },
  }
}

/** The application of some `src`: ours, or a copy of it in which a guard is missing. */
async function loadParts(source: string) {
  const load = (file: string) => import(pathToFileURL(join(source, file)).href)
  const job: typeof import('../../src/copy/copy-products-job.ts') = await load('copy/copy-products-job.ts')
  const opening: typeof import('../../src/database/open-central.ts') = await load('database/open-central.ts')
  const databases: typeof import('../../src/tenancy/store-databases.ts') = await load('tenancy/store-databases.ts')
  const files: typeof import('../../src/tenancy/sqlite-hosting.ts') = await load('tenancy/sqlite-hosting.ts')
  const mysql: typeof import('../../src/tenancy/mysql-hosting.ts') = await load('tenancy/mysql-hosting.ts')
  const postgres: typeof import('../../src/tenancy/postgres-hosting.ts') = await load('tenancy/postgres-hosting.ts')
  const memory: typeof import('../../src/sync/shared-memory.ts') = await load('sync/shared-memory.ts')
  return { ...job, ...opening, ...databases, ...files, ...mysql, ...postgres, ...memory }
}

type Parts = Awaited<ReturnType<typeof loadParts>>
type Request = Parameters<Parts['copyProducts']>[1]

interface Opened extends Bench {
  readonly parts: Parts
  readonly central: CopyDependencies['central']
  readonly memory: CopyDependencies['memory']
}

function storesOf({ parts, settings }: Opened, log?: (event: LogEvent) => Promise<void>): CopyDependencies['stores'] {
  const { stores, installation } = settings
  return new parts.StoreDatabases(hostingAt(parts, stores), { installation, ...(log && { log }) })
}

function hostingAt(parts: Parts, at: DatabaseAddress) {
  if (at.driver === 'sqlite') return parts.sqliteHosting(join(dirname(at.path), 'tenants'))
  return at.driver === 'mysql' ? parts.mysqlHosting(at) : parts.postgresHosting(at)
}

async function connectionOf({ central, retryAfter }: CopyProgramSettings): Promise<Connection> {
  const options = { retryAfter }
  if (central.driver === 'sqlite') return (await import('@surtidor/queue/sqlite')).sqlite(central.path, options)
  const { driver, ...address } = central
  if (driver === 'mysql') return (await import('@surtidor/queue/mysql')).mysql(address, options)
  return (await import('@surtidor/queue/postgres')).postgres(address, options)
}

/** One attempt of a copy, with what it is told to suffer. */
class Attempt {
  readonly #opened: Opened
  readonly #context: JobContext
  #run = 0
  #company = 0
  /** Products that have no outcome yet. */
  #left = 0
  #isHeld = false
  /** A page is on disk, and the next one not begun. */
  #isBetween = false
  #stoppedAs: string | undefined
  /** From here on only the store can refuse it: it hears neither its queue nor its signal. */
  #isLate = false
  #hasAsked = false

  constructor(opened: Opened, context: JobContext) {
    this.#opened = opened
    this.#context = context
  }

  async run(data: Request): Promise<void> {
    const { parts, central, memory } = this.#opened
    const log = { info: (facts: object) => this.#hear(facts), error: () => undefined }
    const stores = storesOf(this.#opened, (event) => this.#onStatement(event))
    try {
      await parts.copyProducts({ central, stores, log, memory, renewEveryMs: 0 }, data, this.#contextOfCopy())
      if (this.#isLate) this.#tellLate(this.#stoppedAs ?? 'it ended as if it were current')
    } catch (error) {
      if (this.#isLate) this.#tellLate(String(Object(error).code ?? error))
      throw error
    }
  }

  #contextOfCopy(): CopyContext {
    const { uuid, signal } = this.#context
    const never = new AbortController().signal
    const isLate = () => this.#isLate
    return {
      uuid,
      get signal() {
        return isLate() ? never : signal
      },
      renew: () => this.#afterPage(),
    }
  }

  /** What a copy writes to the log. */
  #hear(facts: object): void {
    const { event, state, run, company, total, copied, updated, unchanged, skipped, errors } = Object(facts)
    const { uuid, attempt: of } = this.#context
    if (event === 'stopped') this.#stoppedAs = state
    if (event === 'stopped' || event === 'idle') return
    this.#run = run
    this.#company = company
    this.#left = total - copied - updated - unchanged - skipped - errors
    if (event === 'started') this.#isHeld = existsSync(holdFile(this.#opened.settings.folder, company))
    if (event === 'started') this.#opened.told.write({ event: 'claimed', run, uuid, of })
    if (event === 'page') this.#opened.told.write({ event: 'page', run, uuid, of })
  }

  async #afterPage(): Promise<void> {
    if (this.#isLate) return
    await wait(pauseMs)
    await this.#context.renew()
    this.#isBetween = this.#left > fewLeft
  }

  /** The look whether the run shall go on is the last thing before the transaction of the next page. */
  async onCentralStatement({ query: { sql } }: LogEvent): Promise<void> {
    if (!this.#isBetween || !/^select .state., .epoch. from .copy_runs./.test(sql)) return
    this.#isBetween = false
    if (this.#opened.settings.role === 'zombie') await this.#standStill()
  }

  /** Nothing of this process is in a transaction then, and a page that was read before is still to be written. */
  async #standStill(): Promise<void> {
    const go = takeOrder(this.#opened, orders.stop)
    if (go === undefined) return
    await wait(settleMs)
    this.#tell('waits')
    while (!existsSync(go)) await wait(5)
    this.#isLate = true
    this.#tell('wakes')
  }

  async #onStatement({ query: { sql } }: LogEvent): Promise<void> {
    if (this.#isLate) this.#hasAsked ||= sql.includes('copy_receipts')
    // The question whether the store has copies already comes after the claim and before the first page.
    if (this.#isHeld && /^select .id. from .tat_items. where/.test(sql)) await this.#hold()
    if (this.#opened.settings.role === 'worker' && this.#opened.settings.driver === 'sqlite') this.#cutAt(sql)
  }

  async #hold(): Promise<void> {
    const until = performance.now() + longestHoldMs
    const path = holdFile(this.#opened.settings.folder, this.#company)
    while (existsSync(path) && performance.now() < until) await wait(10)
    this.#isHeld = false
  }

  #cutAt(sql: string): void {
    const path = join(this.#opened.settings.folder, orders.cut)
    if (!existsSync(path) || !new RegExp(readFileSync(path, 'utf8')).test(sql)) return
    if (takeOrder(this.#opened, orders.cut) === undefined) return
    this.#opened.told.write({ event: 'cut', sql: sql.slice(0, 80) })
    process.kill(process.pid, 'SIGKILL')
  }

  #tell(event: 'waits' | 'wakes'): void {
    this.#opened.told.write({ event, ...this.#standing })
  }

  #tellLate(code: string): void {
    this.#opened.told.write({ event: 'came late', ...this.#standing, code, hasAsked: this.#hasAsked })
  }

  get #standing() {
    return { run: this.#run, company: this.#company, uuid: this.#context.uuid, of: this.#context.attempt }
  }
}

/** What it says, for the one process that takes it away. */
function takeOrder({ settings: { folder } }: Bench, name: string): string | undefined {
  const path = join(folder, name)
  try {
    const text = readFileSync(path, 'utf8')
    rmSync(path)
    return text
  } catch {
    // There is none, or another one was faster.
    return undefined
  }
}

if (import.meta.main) await main()
