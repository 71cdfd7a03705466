import { setTimeout as wait } from 'node:timers/promises'
import type { Custody } from './custody.ts'
import { lostWorkOf, unwatchedWorkOf } from './death.ts'
import { type LiveRecord, readLive, readWhole, removeRecord } from './record-reader.ts'
import { type RunnerEnd, RunnerProcess } from './runner-process.ts'
import { Watchdog } from './watchdog.ts'

export interface PostSettings {
  readonly script: string
  /** Of the next runner; undefined when all that was asked for is done. */
  readonly nextWords: () => readonly string[] | undefined
  /** Runners that end by themselves after a job are not started again. */
  readonly isOnce: boolean
  readonly maxMegabytes: number
  readonly custody: Custody
  readonly makeRecord: () => string
  /** A runner was started, or has begun so many jobs when it ended. */
  readonly onStart: (pid: number) => void
  readonly onReady: () => void
  readonly onEnd: (end: RunnerEnd, jobsBegun: number) => void
}

const memoryLookMs = 100
const jobsLookMs = 500
const shortestPauseMs = 250
const longestPauseMs = 30_000
/** A program that dies so often before it comes to work will not come to work. */
const maxStillborn = 5
/** A second wish to end is obeyed so soon. */
const stopNowMs = 800

/** One place for a runner: it is filled again whenever a job, and not the runner's own decision, has ended its process. */
export class Post {
  readonly #settings: PostSettings
  readonly #stopping = new AbortController()
  #runner: RunnerProcess | undefined
  #database: string | undefined
  #stops = 0
  #stillborn = 0

  constructor(settings: PostSettings) {
    this.#settings = settings
  }

  /** Resolves with the exit code of the last runner when no other follows it. */
  async run(): Promise<number> {
    let code: number | undefined
    while (code === undefined) {
      const words = this.#stops > 0 ? undefined : this.#settings.nextWords()
      code = words === undefined ? 0 : this.#codeAfter(await this.#runOne(words))
      if (code === undefined) await this.#pause()
    }
    return code
  }

  /** Which its runner works; undefined until one has said so. */
  get database(): string | undefined {
    return this.#database
  }

  /** The first time lets the current jobs end; then the runner ends at once. */
  stop(): void {
    this.#stops += 1
    this.#stopping.abort()
    this.signal('SIGTERM')
    const runner = this.#runner
    if (this.#stops > 1) setTimeout(() => runner?.kill({ kind: 'stop' }), stopNowMs).unref()
  }

  signal(signal: NodeJS.Signals): void {
    this.#runner?.signal(signal)
  }

  async #runOne(words: readonly string[]) {
    const { script, makeRecord, custody, onReady } = this.#settings
    const recordPath = makeRecord()
    const end = await this.#watchOver(() => new RunnerProcess({ script, words, recordPath, onReady }))
    const record = readWhole(recordPath)
    const begun = (record?.begun ?? 0) + (record?.runs.length ?? 0)
    this.#settings.onEnd(end, begun)
    if (record) await custody.recover(recordPath, workOf(record, end))
    else removeRecord(recordPath)
    this.#stillborn = begun > 0 ? 0 : this.#stillborn + 1
    return end
  }

  async #watchOver(start: () => RunnerProcess): Promise<RunnerEnd> {
    try {
      const runner = start()
      this.#runner = runner
      if (runner.pid !== undefined) this.#settings.onStart(runner.pid)
      const stopWatching = this.#watch(runner)
      return await runner.ended.finally(stopWatching)
    } catch (error) {
      // There are too many processes, or there is too little memory for one more.
      return { kind: 'unstarted', error }
    } finally {
      this.#runner = undefined
    }
  }

  /** Undefined when another runner has to follow. */
  #codeAfter(end: RunnerEnd): number | undefined {
    if (end.kind === 'refused') return end.code
    if (end.kind === 'finished' && !isCutShort(end)) return end.result.exitCode
    if (this.#stops > 0) return 0
    return this.#settings.isOnce || this.#stillborn === maxStillborn ? 1 : undefined
  }

  /** A job that ends its process is no reason to wait; a program that ends before any job is. */
  async #pause(): Promise<void> {
    if (this.#stillborn === 0) return
    const ms = Math.min(longestPauseMs, shortestPauseMs * 2 ** this.#stillborn)
    await wait(ms, undefined, { signal: this.#stopping.signal }).catch(() => undefined)
  }

  #watch(runner: RunnerProcess): () => void {
    const { pid, recordPath } = runner
    if (pid === undefined) return () => undefined
    const watchdog = new Watchdog(pid, this.#settings.maxMegabytes)
    const lookAtMemory = () => {
      const reason = watchdog.lookAtMemory()
      if (reason) runner.kill(reason)
    }
    const lookAtJobs = () => {
      const record = readLive(recordPath)
      this.#database = record?.header.database ?? this.#database
      const reason = record && watchdog.lookAtJobs(record)
      if (reason) runner.kill(reason)
      else if (record) this.#renew(watchdog, record)
    }
    const timers = [setInterval(lookAtMemory, memoryLookMs), setInterval(lookAtJobs, jobsLookMs)]
    return () => {
      for (const timer of timers) clearInterval(timer)
    }
  }

  #renew(watchdog: Watchdog, record: LiveRecord): void {
    if (watchdog.mustRenew(record)) void this.#settings.custody.renew(record.runs.map(({ reservation }) => reservation))
  }
}

/** A runner that has said how it ended held nothing it could not give back, unless the database was away. */
function workOf(record: NonNullable<ReturnType<typeof readWhole>>, end: RunnerEnd) {
  return end.kind === 'died' ? lostWorkOf(record, end) : unwatchedWorkOf(record)
}

function isCutShort({ result }: Extract<RunnerEnd, { readonly kind: 'finished' }>): boolean {
  return result.reason === 'timed_out' || result.reason === 'crashed'
}
