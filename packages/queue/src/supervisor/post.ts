import { setTimeout as wait } from 'node:timers/promises'
import type { ClaimedJob } from '../connection.ts'
import type { Custody } from './custody.ts'
import { isFromOutside, lostWorkOf, unwatchedWorkOf } from './death.ts'
import type { SentError } from './messages.ts'
import { type LiveRecord, readLive, readWhole, removeRecord, type WholeRecord } from './record-reader.ts'
import { type RunnerEnd, RunnerProcess } from './runner-process.ts'
import { Watchdog } from './watchdog.ts'

export interface PostSettings {
  readonly script: string
  /** Of the next runner, after so many jobs were begun; undefined when all that was asked for is done. */
  readonly nextWords: (jobsBegun: number) => readonly string[] | undefined
  /** Runners that end by themselves after a job are not started again. */
  readonly isOnce: boolean
  /** Resident megabytes after which a runner is killed; 0 for no limit. */
  readonly maxMegabytes: number
  readonly custody: Custody
  readonly makeRecord: () => string
  readonly onStart: (pid: number) => void
  readonly onReady: () => void
  readonly onEnd: (end: RunnerEnd) => void
}

const memoryLookMs = 100
const jobsLookMs = 250
const shortestPauseMs = 250
const longestPauseMs = 30_000
/** A program that ends so often before it comes to a job will not come to one. */
const maxInVain = 5
/** Who lived so long was well. */
const steadyMs = 60_000
/** A second wish to end is obeyed so soon. */
const stopNowMs = 600

/** One place for a runner: it is filled again whenever something else than the runner's own decision has ended its process. */
export class Post {
  readonly #settings: PostSettings
  readonly #stopping = new AbortController()
  #runner: RunnerProcess | undefined
  #database: string | undefined
  #isPaused = false
  /** Wishes of a person. */
  #stops = 0
  #jobsBegun = 0
  /** Runners in a row that came to nothing. */
  #inVain = 0

  constructor(settings: PostSettings) {
    this.#settings = settings
  }

  /** Resolves with the exit code of the last runner when no other follows it. */
  async run(): Promise<number> {
    let code: number | undefined
    while (code === undefined) {
      const words = this.#isEnding ? undefined : this.#settings.nextWords(this.#jobsBegun)
      code = words === undefined ? 0 : this.#codeAfter(await this.#runOne(words))
      if (code === undefined) await this.#pauseBeforeNext()
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
    if (this.#stops === 1) this.end()
    else this.#endNow()
  }

  /** Lets the current jobs end, however often that is said: for a reason of ours, which is no wish of a person. */
  end(): void {
    this.#stopping.abort()
    this.#runner?.tell({ kind: 'stop' })
  }

  pause(): void {
    this.#isPaused = true
    this.#runner?.tell({ kind: 'pause' })
  }

  resume(): void {
    this.#isPaused = false
    this.#runner?.tell({ kind: 'resume' })
  }

  get #isEnding(): boolean {
    return this.#stopping.signal.aborted
  }

  #endNow(): void {
    this.#runner?.tell({ kind: 'stop-now' })
    this.#runner?.killAfter(stopNowMs, { kind: 'stop' })
  }

  async #runOne(words: readonly string[]): Promise<RunnerEnd> {
    const startedAt = performance.now()
    const runner = this.#tryTo(() => this.#start(words))
    const end = runner instanceof RunnerProcess ? await this.#watchOver(runner) : runner
    this.#runner = undefined
    const record = runner instanceof RunnerProcess ? readWhole(runner.recordPath) : undefined
    const begun = end.kind === 'finished' ? end.result.processed : (record?.begun ?? 0)
    const wasInVain = begun === 0 && !isFromOutside(end) && (isUnready(end) || performance.now() - startedAt < steadyMs)
    this.#inVain = wasInVain ? this.#inVain + 1 : 0
    this.#jobsBegun += begun
    this.#settings.onEnd(end)
    if (runner instanceof RunnerProcess) await this.#settle(runner, end, record)
    return end
  }

  /** There may be too many processes, no room for a file, or too little memory. */
  #tryTo(start: () => RunnerProcess): RunnerProcess | Extract<RunnerEnd, { readonly kind: 'unstarted' }> {
    try {
      return start()
    } catch (error) {
      return { kind: 'unstarted', error }
    }
  }

  #start(words: readonly string[]): RunnerProcess {
    const { script, makeRecord, onStart, onReady, custody } = this.#settings
    const onLateError = (job: ClaimedJob, error: SentError) => custody.recordLate(job, error)
    const runner = new RunnerProcess({ script, words, recordPath: makeRecord(), onReady, onLateError })
    this.#runner = runner
    if (this.#isPaused) runner.tell({ kind: 'pause' })
    if (runner.pid !== undefined) onStart(runner.pid)
    return runner
  }

  async #settle({ recordPath }: RunnerProcess, end: RunnerEnd, record: WholeRecord | undefined): Promise<void> {
    // One that has said how it ended held nothing it could not give back, unless the database was away.
    const work = record && (end.kind === 'died' ? lostWorkOf(record, end) : unwatchedWorkOf(record))
    if (work) await this.#settings.custody.recover(recordPath, work)
    else removeRecord(recordPath)
  }

  /** Undefined when another runner has to follow. */
  #codeAfter(end: RunnerEnd): number | undefined {
    if (end.kind === 'refused') return end.code
    if (end.kind === 'finished' && !isCutShort(end)) return end.exitCode
    if (this.#isEnding) return 0
    return this.#settings.isOnce || this.#inVain === maxInVain ? 1 : undefined
  }

  /** A job that ends its process is no reason to wait; a program that ends before any job is. */
  async #pauseBeforeNext(): Promise<void> {
    if (this.#inVain === 0) return
    const ms = Math.min(longestPauseMs, shortestPauseMs * 2 ** this.#inVain)
    await wait(ms, undefined, { signal: this.#stopping.signal }).catch(() => undefined)
  }

  async #watchOver(runner: RunnerProcess): Promise<RunnerEnd> {
    const { pid, recordPath } = runner
    if (pid === undefined) return runner.ended
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
      else if (record && watchdog.mustRenew(record)) this.#renew(recordPath, record)
    }
    const timers = [setInterval(lookAtMemory, memoryLookMs), setInterval(lookAtJobs, jobsLookMs)]
    return runner.ended.finally(() => {
      for (const timer of timers) clearInterval(timer)
    })
  }

  #renew(recordPath: string, { runs }: LiveRecord): void {
    const reservations = runs.map(({ reservation }) => reservation)
    void this.#settings.custody.renew(recordPath, reservations)
  }
}

/** However long that took. */
function isUnready(end: RunnerEnd): boolean {
  return end.kind === 'died' && end.killedFor?.kind === 'unready'
}

/** It has ended because of a job, or because somebody told it, and not us, to stop. */
function isCutShort({ result }: Extract<RunnerEnd, { readonly kind: 'finished' }>): boolean {
  return ['timed_out', 'crashed', 'interrupted'].includes(result.reason)
}
