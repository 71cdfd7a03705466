import { Attempt } from '../attempt/attempt.ts'
import type { AttemptDefaults } from '../attempt/attempt-limits.ts'
import { type AttemptSettings, attemptSettings } from '../attempt/attempt-settings.ts'
import type { Outcome } from '../attempt/outcome.ts'
import { settleOutcome } from '../attempt/settle-outcome.ts'
import { type ClaimedJob, keyOf } from '../connection.ts'
import { LeaseLostError } from '../errors.ts'
import type { QueueRuntime } from '../runtime.ts'
import { Leases } from './lease.ts'

/** One try, whatever the job says: the one who dispatched it waits, and hears of the error. */
const defaults: AttemptDefaults = { tries: 1, timeout: 0, backoff: [] }

/**
 * Runs jobs inside `dispatch`, for a connection that has no workers. Several may be dispatched at once, and a handler may
 * dispatch others: whoever comes to a job first runs it, and everybody waits for their own.
 */
export class RunAtOnce {
  readonly #runtime: QueueRuntime
  /** Who waits for which job, by uuid; several when a uuid was given twice. */
  readonly #waiting = new Map<string, PromiseWithResolvers<void>[]>()
  readonly #running = new Map<string, Attempt>()
  readonly #leases: Leases
  readonly #settings: AttemptSettings

  constructor(runtime: QueueRuntime) {
    this.#runtime = runtime
    this.#settings = attemptSettings(runtime, { defaults, now: Date.now, renew: (job) => this.#leases.renew(job) })
    this.#leases = new Leases(runtime.connection, (reservation) => {
      const attempt = this.#running.get(keyOf(reservation))
      attempt?.abort(new LeaseLostError(attempt.info.name))
    })
  }

  /** Answers when the jobs are done; throws what the first failing handler threw. The jobs were pushed already. */
  async run(uuids: readonly string[], queues: readonly string[]): Promise<void> {
    const done = uuids.map((uuid) => this.#waitFor(uuid))
    await Promise.all([this.runDue(queues), ...done])
  }

  /** Runs whatever is due on these queues. */
  async runDue(queues: readonly string[]): Promise<void> {
    for (;;) {
      const [job] = await this.#runtime.connection.claim({ queues, limit: 1 })
      if (!job) return
      await this.#runOne(job)
    }
  }

  #waitFor(uuid: string): Promise<void> {
    const done = Promise.withResolvers<void>()
    this.#waiting.set(uuid, [...(this.#waiting.get(uuid) ?? []), done])
    return done.promise
  }

  async #runOne(job: ClaimedJob): Promise<void> {
    const attempt = new Attempt(job, this.#settings)
    const { info } = attempt
    this.#runtime.events.emit('jobProcessing', info)
    const startedAt = performance.now()
    this.#running.set(keyOf(job), attempt)
    this.#leases.add([job], startedAt)
    const { outcome, uniqueKey, followUp } = await attempt.run()
    this.#leases.drop(job)
    this.#running.delete(keyOf(job))
    const ended = withoutAnotherTry(outcome)
    const durationMs = performance.now() - startedAt
    await settleOutcome(this.#runtime, { job, info, outcome: ended, durationMs, uniqueKey, followUp })
    this.#answer(info.uuid, ended)
    if (followUp?.next) await this.runDue([followUp.next.queue])
  }

  #answer(uuid: string, outcome: Outcome): void {
    const [first, ...others] = this.#waiting.get(uuid) ?? []
    if (others.length > 0) this.#waiting.set(uuid, others)
    else this.#waiting.delete(uuid)
    if (outcome.kind === 'failed') first?.reject(outcome.error)
    else first?.resolve()
  }
}

/** Nobody would come to run a job again after an error; one that the handler itself released waits for the next dispatch. */
function withoutAnotherTry(outcome: Outcome): Outcome {
  return outcome.kind === 'released' && outcome.reason === 'error' ? { kind: 'failed', error: outcome.error } : outcome
}
