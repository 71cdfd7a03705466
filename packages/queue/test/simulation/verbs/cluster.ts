import type { Scheduler } from 'fast-check'
import type { Connection, Reservation } from '../../../src/connection.ts'
import type { SourceModules } from '../../support/source-modules.ts'
import { observed } from '../model/call.ts'
import { QueueModel } from '../model/queue-model.ts'
import { installChance } from '../world/simulated-chance.ts'
import { SimulatedClock } from '../world/simulated-clock.ts'
import { SimulatedDatabase } from '../world/simulated-database.ts'
import { SimulatedDriver, type Step } from '../world/simulated-driver.ts'
import type { SimulatedProcess } from '../world/simulated-process.ts'
import type { SqlForm } from '../world/sql-form.ts'
import type { Tally } from '../world/tally.ts'
import { Client, type Host } from './client.ts'
import { SimulatedWorker } from './simulated-worker.ts'

export const retryAfterSeconds = 30
export const queueNames = ['default', 'high'] as const

export interface ClusterSettings {
  readonly modules: SourceModules
  readonly form: SqlForm
  readonly scheduler: Scheduler
  readonly tally: Tally
  /** What `Math.random()` follows from. */
  readonly chance: number
}

/** One database, three workers, a process that dispatches, one that an operator uses and the workers' parent. */
export class Cluster implements AsyncDisposable {
  readonly clock: SimulatedClock
  readonly model: QueueModel
  readonly tally: Tally
  readonly workers: readonly SimulatedWorker[]
  readonly producer: Client
  readonly operator: Client
  /** Looks after the workers: knows what those who died have left. */
  readonly parent: Client
  readonly left: Reservation[] = []
  /** Payloads of jobs that failed after they had ended. */
  readonly failedLate = new Set<string>()
  readonly #database: SimulatedDatabase
  readonly #installed: readonly Disposable[]
  #jobs = 0

  private constructor(
    database: SimulatedDatabase,
    clock: SimulatedClock,
    { modules, scheduler, tally, chance }: ClusterSettings,
  ) {
    this.clock = clock
    this.tally = tally
    this.model = new QueueModel({
      clock,
      tally,
      retryAfterSeconds,
      maySpeakFor: (life, holder = '') => life === this.parent.process.life && !this.isAlive(holder),
    })
    this.#database = database
    this.#installed = [clock.install(), installChance(chance)]
    const host = this.#hostOf(modules, stepsOf(scheduler))
    this.workers = ['w1', 'w2', 'w3'].map((name) => new SimulatedWorker(name, host))
    this.producer = new Client('producer', host)
    this.operator = new Client('operator', host)
    this.parent = new Client('parent', host)
  }

  static async open(settings: ClusterSettings): Promise<Cluster> {
    const clock = new SimulatedClock()
    const database = await SimulatedDatabase.open(settings.modules, settings.form, clock)
    return new Cluster(database, clock, settings)
  }

  get clients(): readonly Client[] {
    return [...this.workers.map(({ client }) => client), this.producer, this.operator, this.parent]
  }

  /** What the tables hold now. */
  get tables() {
    return this.#database.now
  }

  isAlive(life: string): boolean {
    return this.workers.some(({ client }) => client.process.life === life)
  }

  kill(worker: SimulatedWorker): void {
    this.tally.add('processes killed')
    this.left.push(...worker.crash())
  }

  pause({ client }: SimulatedWorker): void {
    this.tally.add('processes paused')
    client.process.pause()
  }

  setClock(bySeconds: number): void {
    this.tally.add('clock set')
    this.clock.set(bySeconds)
  }

  nextName(): string {
    this.#jobs += 1
    return `j${this.#jobs}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const one of this.#installed) one[Symbol.dispose]()
    await this.#database[Symbol.asyncDispose]()
  }

  #hostOf(modules: SourceModules, step: Step): Host {
    const { model } = this
    const database = this.#database
    return {
      connect: (process: SimulatedProcess): Connection => {
        const driver = new SimulatedDriver({
          database,
          process,
          step,
          onFault: (fate) => this.tally.add(`network: ${fate}`),
          onEffect: (call, effect) => model.observe(call, effect),
        })
        return observed(new modules.sqlConnection.SqlConnection(driver, retryAfterSeconds), model.listenerOf(process))
      },
      complain: (sentence) => model.demand(false, sentence),
    }
  }
}

/** Each step is a task of the schedule, which goes on when the step has ended. */
function stepsOf(scheduler: Scheduler): Step {
  return (label, act) => void scheduler.scheduleSequence([{ label, builder: act }])
}
