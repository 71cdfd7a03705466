import type { QueueModel } from '../model/queue-model.ts'
import type { SimulatedClock } from '../world/simulated-clock.ts'
import { retryAfterSeconds } from './retry-after.ts'
import { lastState, maxTries, type SimulatedJob } from './simulated-job.ts'

interface Run {
  readonly life: string
  readonly startedAtMs: number
  isOver: boolean
}

/**
 * Which handlers ran, and when: what the tables do not tell. A job runs once at a time, unless something happened to the
 * process that runs it, or to time itself, since it began.
 */
export class RunBook {
  readonly #model: QueueModel
  readonly #clock: SimulatedClock
  readonly #runs = new Map<string, Run[]>()
  readonly #jobs = new Map<string, SimulatedJob>()
  readonly #throws = new Map<string, number>()
  #disturbedAtMs = Number.NEGATIVE_INFINITY

  constructor(model: QueueModel, clock: SimulatedClock) {
    this.#model = model
    this.#clock = clock
  }

  /** A fault, which may be why a job that runs is run again. */
  disturb(): void {
    this.#disturbedAtMs = this.#clock.monotonicMs
  }

  expect(uuid: string, job: SimulatedJob): void {
    this.#jobs.set(uuid, job)
  }

  /** So long all jobs take at the most, one after the other, each as often as it may be tried. */
  get secondsToRun(): number {
    return [...this.#jobs.values()].reduce((sum, { seconds }) => sum + (seconds + 2) * (maxTries + 1), 0)
  }

  timesStarted(uuid: string): number {
    return this.#runs.get(uuid)?.length ?? 0
  }

  start(uuid: string, life: string): Run {
    const runs = this.#runs.get(uuid) ?? []
    const other = runs.find(({ isOver, startedAtMs }) => !isOver && startedAtMs > this.#disturbedAtMs)
    this.#model.tell(`${life} runs ${uuid}`)
    this.#model.demand(other === undefined, `${uuid} runs in ${life}, and still in ${other?.life} without a reason`)
    this.#demandFresh(uuid, life)
    const run = { life, startedAtMs: this.#clock.monotonicMs, isOver: false }
    this.#runs.set(uuid, [...runs, run])
    return run
  }

  /** Whoever measures knows that another may have a job by now which was reserved so long ago. */
  #demandFresh(uuid: string, life: string): void {
    const heldForMs = this.#clock.monotonicMs - (this.#model.jobs.heldAtMs(uuid, life) ?? Number.NEGATIVE_INFINITY)
    const isFresh = heldForMs < retryAfterSeconds * 1000
    this.#model.demand(isFresh, `${life} runs ${uuid}, which it reserved ${heldForMs / 1000} s ago`)
  }

  end(uuid: string, run: Run): void {
    this.#model.tell(`${run.life} has run ${uuid}`)
    run.isOver = true
  }

  hasThrown(uuid: string): void {
    this.#throws.set(uuid, (this.#throws.get(uuid) ?? 0) + 1)
  }

  /** After everything has ended. A claim that died is no try, so whoever fails has thrown, or crashed, often enough. */
  checkEnds(): void {
    for (const [uuid, { end }] of this.#jobs) {
      const state = this.#model.jobs.stateOf(uuid)
      if (state === undefined) continue
      this.#model.demand(state === lastState[end], `${uuid}, which ends with "${end}", is ${state}`)
      const thrown = this.#throws.get(uuid) ?? 0
      if (end === 'throws') this.#model.demand(thrown >= maxTries, `${uuid} failed after it had thrown ${thrown} times`)
    }
  }
}
