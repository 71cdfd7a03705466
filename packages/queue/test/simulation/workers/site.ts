import type { Scheduler } from 'fast-check'
import type { Connection } from '../../../src/connection.ts'
import type { Queue } from '../../../src/queue.ts'
import type { LostWork } from '../../../src/supervisor/recover-work.ts'
import type { SourceModules } from '../../support/source-modules.ts'
import { observed } from '../model/call.ts'
import { QueueModel } from '../model/queue-model.ts'
import { installChance } from '../world/simulated-chance.ts'
import { SimulatedClock } from '../world/simulated-clock.ts'
import { SimulatedDatabase } from '../world/simulated-database.ts'
import { SimulatedDriver } from '../world/simulated-driver.ts'
import { SimulatedProcess } from '../world/simulated-process.ts'
import { realTurn, SimulatedTimers } from '../world/simulated-timers.ts'
import type { SqlForm } from '../world/sql-form.ts'
import type { Tally } from '../world/tally.ts'
import { retryAfterSeconds } from './retry-after.ts'
import { RunBook } from './run-book.ts'
import type { SimulatedJob } from './simulated-job.ts'
import { SimulatedProgram, workerOptions } from './simulated-program.ts'

export interface SiteSettings {
  readonly modules: SourceModules
  readonly form: SqlForm
  readonly scheduler: Scheduler
  readonly tally: Tally
  /** What `Math.random()` follows from. */
  readonly chance: number
}

/** More than this without a timer in between: something asks without end. */
const mostStepsAtOnce = 2_000

/** One database, three worker processes, their parent and a process that dispatches, in a time of their own. */
export class Site implements AsyncDisposable {
  readonly clock: SimulatedClock
  readonly timers: SimulatedTimers
  readonly model: QueueModel
  readonly book: RunBook
  readonly tally: Tally
  readonly programs: readonly SimulatedProgram[]
  readonly producer = new SimulatedProcess('producer')
  readonly #parent = new SimulatedProcess('parent')
  readonly #settings: SiteSettings
  readonly #database: SimulatedDatabase
  readonly #installed: readonly Disposable[]
  readonly #producerQueue: Queue
  readonly #parentQueue: Queue
  #jobs = 0
  #dispatching = 0
  /** Work of the dead that is not given back yet. */
  #owed = 0

  private constructor(database: SimulatedDatabase, clock: SimulatedClock, settings: SiteSettings) {
    this.#settings = settings
    this.#database = database
    this.clock = clock
    this.tally = settings.tally
    this.timers = new SimulatedTimers(clock)
    this.model = new QueueModel({
      clock,
      tally: settings.tally,
      retryAfterSeconds,
      maySpeakFor: (life, holder = '') => life === this.#parent.life && !this.#isAlive(holder),
    })
    this.book = new RunBook(this.model, clock)
    this.#installed = [clock.install(), installChance(settings.chance), this.timers.install()]
    this.#producerQueue = this.#queueOf(this.producer)
    this.#parentQueue = this.#queueOf(this.#parent)
    this.programs = ['w1', 'w2', 'w3'].map((name) => new SimulatedProgram(name, this.#programSettings()))
  }

  static async open(settings: SiteSettings): Promise<Site> {
    const clock = new SimulatedClock()
    const database = await SimulatedDatabase.open(settings.modules, settings.form, clock)
    return new Site(database, clock, settings)
  }

  get tables() {
    return this.#database.now
  }

  /** Nobody dispatches or gives back any more. */
  get isQuiet(): boolean {
    return this.#dispatching === 0 && this.#owed === 0
  }

  get processes(): readonly SimulatedProcess[] {
    return [...this.programs.map(({ process }) => process), this.producer, this.#parent]
  }

  /** Under a key, and again until it is known to be done: a job exists once then. */
  dispatch(job: SimulatedJob, delay: number): void {
    const uuid = this.nextName()
    this.book.expect(uuid, job)
    this.#dispatching += 1
    this.timers.runIn(this.producer, async () => {
      await this.#untilDone(() => this.#producerQueue.push('simulated', job, { uuid, delay, key: uuid }))
      this.model.demand(this.model.jobs.stateOf(uuid) !== undefined, `${uuid} was dispatched, and is nowhere`)
      this.#dispatching -= 1
    })
  }

  nextName(): string {
    this.#jobs += 1
    return `j${this.#jobs}`
  }

  /** So many statements or answers, as the schedule chooses among those that are on their way. */
  async network(steps: number): Promise<void> {
    await realTurn()
    for (let step = 0; step < steps && this.#settings.scheduler.count() > 0; step += 1) {
      await this.#settings.scheduler.waitNext(1)
      await realTurn()
    }
  }

  /** Time passes, and the network carries nothing. */
  async freeze(seconds: number): Promise<void> {
    this.book.disturb()
    const end = this.clock.monotonicMs + seconds * 1000
    while (await this.timers.fireNext(end));
    this.book.disturb()
  }

  /** Time passes, and the network carries everything at once. Ends sooner when `isOver` says so. */
  async calm(seconds: number, isOver: () => boolean = () => false): Promise<void> {
    const end = this.clock.monotonicMs + seconds * 1000
    do {
      await this.network(mostStepsAtOnce)
      this.model.demand(this.#settings.scheduler.count() === 0, 'somebody asks the database without end')
    } while (!isOver() && this.model.violations.length === 0 && (await this.timers.fireNext(end)))
  }

  setClock(bySeconds: number): void {
    this.tally.add('clock set')
    this.book.disturb()
    this.clock.set(bySeconds)
  }

  pause({ process }: SimulatedProgram): void {
    this.tally.add('processes paused')
    this.book.disturb()
    process.pause()
  }

  resumeAll(): void {
    this.book.disturb()
    for (const process of this.processes) process.resume()
  }

  kill(program: SimulatedProgram, isWatched: boolean): void {
    this.tally.add('processes killed')
    this.book.disturb()
    program.kill({ isWatched })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const one of this.#installed) one[Symbol.dispose]()
    await this.#database[Symbol.asyncDispose]()
  }

  #isAlive(life: string): boolean {
    return this.programs.some(({ process }) => process.life === life)
  }

  #recover(work: LostWork): void {
    this.#owed += 1
    this.tally.add('work of the dead given back', work.held.length)
    this.book.disturb()
    this.timers.runIn(this.#parent, async () => {
      const { supervision } = this.#parentQueue
      const { culprit } = work
      await this.#untilDone(() => supervision.recover(work))
      if (culprit) await this.#untilDone(() => supervision.settleCulprit(culprit, workerOptions))
      this.#owed -= 1
    })
  }

  async #untilDone(attempt: () => Promise<unknown>): Promise<void> {
    for (;;) {
      try {
        await attempt()
        return
      } catch (error) {
        const isFault = error instanceof Error && error.name === 'NoAnswerError'
        this.model.demand(isFault, `somebody was answered with an error: ${String(error)}`)
      }
      await new Promise<void>((resolve) => {
        setTimeout(resolve, 1_000)
      })
    }
  }

  #queueOf(process: SimulatedProcess): Queue {
    const { index } = this.#settings.modules
    const job = index.defineJob<SimulatedJob>('simulated', {}, () => undefined)
    return index.createQueue({ connection: this.#connect(process), jobs: [job] })
  }

  #connect(process: SimulatedProcess): Connection {
    const { modules, scheduler } = this.#settings
    const driver = new SimulatedDriver({
      database: this.#database,
      process,
      step: (label, act) => void scheduler.scheduleSequence([{ label, builder: act }]),
      onFault: (fate) => {
        this.tally.add(`network: ${fate}`)
        this.book.disturb()
      },
      onEffect: (call, effect) => this.model.observe(call, effect),
    })
    return observed(new modules.sqlConnection.SqlConnection(driver, retryAfterSeconds), this.model.listenerOf(process))
  }

  #programSettings() {
    const { modules } = this.#settings
    return {
      modules,
      timers: this.timers,
      book: this.book,
      connect: (process: SimulatedProcess) => this.#connect(process),
      onDeath: (work: LostWork) => this.#recover(work),
      onError: (sentence: string) => this.model.demand(false, sentence),
      nextName: () => this.nextName(),
      tally: this.tally,
    }
  }
}
