import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { text } from 'node:stream/consumers'
import { sqlite } from '../../src/connections/sqlite.ts'
import { createQueue, type DispatchOptions, defineJob, type JobOptions, type Queue } from '../../src/index.ts'
import { ownSource } from '../chaos/harness/guards.ts'
import { type LedgerEntry, readLedgers } from '../chaos/harness/ledger.ts'
import { familyOf, signalTo } from '../chaos/harness/process-tree.ts'
import type { ProgramSettings } from '../chaos/harness/program.ts'
import { eventually } from './eventually.ts'
import { namespaces } from './small-disk.ts'
import { type HarmfulData, harmfulAroundJob, harmfulJob, supervisedProgram } from './supervised-program.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** Saves three quarters of the time that a process takes to begin. */
const compileCache = join(import.meta.dirname, '../../../../node_modules/.cache/surtidor-tests')

export interface PushedJob {
  readonly uuid: string
  /** How often its handler has begun, in all processes. */
  starts(): number
}

type EntryOf<Event, Entry = LedgerEntry> = Entry extends { readonly event: infer Name }
  ? Event extends Name
    ? Entry
    : never
  : never

/** A queue in a SQLite file of its own, and processes that watch over those that work it. */
export class SupervisedQueue implements AsyncDisposable {
  readonly folder: string
  readonly queue: Queue
  readonly #removal: Disposable
  readonly #settings: ProgramSettings
  readonly #started: Supervised[] = []

  static async open(retryAfter = 30): Promise<SupervisedQueue> {
    const opened = new SupervisedQueue(retryAfter)
    await opened.queue.migrate()
    return opened
  }

  private constructor(retryAfter: number) {
    const folder = temporaryFolder()
    this.#removal = folder
    this.folder = folder.path
    const place = join(folder.path, 'queue.sqlite')
    // The same tests, of a queue that lacks something, must fail: this is how that is tried.
    const source = process.env.SURTIDOR_SOURCE ?? ownSource
    this.#settings = { source, driver: 'sqlite', place, folder: folder.path, retryAfter }
    this.queue = createQueue({ connection: sqlite(place, { retryAfter }) })
  }

  /** Dispatches a job that does harm; with options as a definition has them. */
  async push(data: HarmfulData = {}, options: JobOptions & DispatchOptions = {}): Promise<PushedJob> {
    const { delay, queue, ...ofJob } = options
    const where = { ...(delay !== undefined && { delay }), ...(queue !== undefined && { queue }) }
    const { uuid } = await this.queue.dispatch(
      defineJob(data.in ? harmfulAroundJob : harmfulJob, ofJob, () => undefined),
      data,
      where,
    )
    return { uuid, starts: () => this.entries('start').filter((entry) => entry.uuid === uuid).length }
  }

  /** Starts `queue:work`. */
  work(words: readonly string[] = [], environment: Readonly<Record<string, string>> = {}): Supervised {
    return this.#start(commandOf(words), environment)
  }

  /** Works with its output in a pipe to another program, and answers what that says. */
  async workInto(reader: string, words: readonly string[]): Promise<string> {
    const line = `"$0" "$@" | ${reader}`
    const child = spawn('/bin/sh', ['-c', line, process.execPath, supervisedProgram, 'queue:work', ...words], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: this.#environment,
    })
    const [said] = await Promise.all([text(child.stdout), once(child, 'exit')])
    return said.trim()
  }

  /** Works where the disk of its records is full. */
  workWithoutRoom(words: readonly string[]): Supervised {
    const line =
      'mkdir -p "$0" && mount -t tmpfs -o size=64k,mode=700 tmpfs "$0" && (cat /dev/zero > "$0/filler" 2> /dev/null; exec "$@")'
    return this.#start(['unshare', ...namespaces, 'sh', '-c', line, this.recordFolder, ...commandOf(words)])
  }

  entries<Event extends LedgerEntry['event']>(event: Event): readonly EntryOf<Event>[] {
    return readLedgers(this.folder).filter((entry): entry is EntryOf<Event> => entry.event === event)
  }

  /** What its failure says first; undefined when it has none. */
  async failureOf({ uuid }: PushedJob): Promise<string | undefined> {
    return (await this.queue.findFailed(uuid))?.exception.split('\n')[0]
  }

  async isEmpty(): Promise<boolean> {
    return (await this.queue.jobs()).length === 0
  }

  /** Where its processes write down what they hold. */
  get recordFolder(): string {
    return join(this.folder, 'records-here')
  }

  records(): readonly string[] {
    return existsSync(this.recordFolder) ? readdirSync(this.recordFolder) : []
  }

  /** Reads the database past the queue. */
  read(sql: string): readonly Readonly<Record<string, unknown>>[] {
    using database = new DatabaseSync(String(this.#settings.place), { readOnly: true, timeout: 5_000 })
    return database.prepare(sql).all()
  }

  /** As if so much time had passed that every lease of a slot is over. */
  endLeases(): void {
    using database = new DatabaseSync(String(this.#settings.place), { timeout: 5_000 })
    database.exec('update queue_slots set expires_at = 0')
  }

  /** Puts something else in the place of the database. */
  async ruinDatabase(): Promise<void> {
    await this.queue.close()
    for (const end of ['', '-wal', '-shm']) rmSync(`${this.#settings.place}${end}`, { force: true })
    writeFileSync(
      String(this.#settings.place),
      'This is no database, and long enough that nobody takes it for one.\n'.repeat(20),
    )
  }

  #start([program = '', ...words]: readonly string[], environment: Readonly<Record<string, string>> = {}): Supervised {
    const child = spawn(program, words, {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...this.#environment, ...environment },
    })
    const started = new Supervised(child)
    this.#started.push(started)
    return started
  }

  get #environment(): NodeJS.ProcessEnv {
    return { ...process.env, NODE_COMPILE_CACHE: compileCache, CHAOS_SETTINGS: JSON.stringify(this.#settings) }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#started.map((started) => started.kill()))
    await this.queue.close()
    this.#removal[Symbol.dispose]()
  }
}

function commandOf(words: readonly string[]): readonly string[] {
  return [process.execPath, supervisedProgram, 'queue:work', '--sleep=0.1', ...words]
}

/** One `queue:work` with the processes that it has started. */
export class Supervised {
  readonly pid: number
  /** Its exit code, or the signal that has ended it. */
  readonly exited: Promise<number | NodeJS.Signals>
  /** With what it and all its processes wrote: when the last of them is gone. */
  readonly ended: Promise<{
    readonly code: number | NodeJS.Signals
    readonly output: string
    readonly errors: string
  }>
  /** When a process of it was seen, it is remembered: those of a parent that is gone must be found too. */
  readonly #seen = new Set<number>()

  constructor(child: ChildProcess) {
    if (child.pid === undefined || !child.stdout || !child.stderr) throw new Error('It could not be started.')
    this.pid = child.pid
    const [output, errors] = [text(child.stdout), text(child.stderr)]
    this.exited = once(child, 'exit').then(([code, signal]) => code ?? signal)
    this.ended = this.exited.then(async (code) => ({ code, output: await output, errors: await errors }))
  }

  /** The processes that it has started, and those that these have; none when it is gone. */
  get children(): readonly number[] {
    const [, ...children] = familyOf(this.pid)
    for (const child of children) this.#seen.add(child)
    return children
  }

  /** The one process that runs the jobs, as soon as there is one. */
  runner(): Promise<number> {
    return eventually(() => this.children[0])
  }

  /** Waits until something is so, unless it ends before. */
  async until(check: () => boolean | Promise<boolean>, seconds = 60): Promise<void> {
    const ended = this.ended.then(async ({ code, errors }) => {
      // It may have come true between the last look and the end.
      if (!(await check())) throw new Error(`It has ended with ${code}: ${errors}`)
    })
    await Promise.race([eventually(check, seconds), ended])
  }

  signal(signal: NodeJS.Signals): void {
    signalTo(this.pid, signal)
  }

  async kill(): Promise<void> {
    const all = [this.pid, ...this.children, ...this.#seen]
    for (const pid of all) signalTo(pid, 'SIGKILL')
    await this.exited
  }
}
