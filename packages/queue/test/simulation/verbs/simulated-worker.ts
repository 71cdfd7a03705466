import { type ClaimedJob, type ClaimRequest, type FollowUp, keyOf, type Reservation } from '../../../src/connection.ts'
import { describedIn, isPlain, memberOf, newJob } from '../model/described-job.ts'
import { Client, type Host } from './client.ts'

/**
 * A worker that uses the verbs as their contract allows, in any order and at any time: it renews or not, ends its jobs long
 * after their reservations are over, tries again what was not answered. It never uses a reservation that it gave back.
 */
export class SimulatedWorker {
  readonly client: Client
  #held = new Map<string, HeldJob>()

  constructor(name: string, host: Host) {
    this.client = new Client(name, host)
  }

  get isRunning(): boolean {
    return !this.client.process.isPaused
  }

  /** The jobs that it believes to have and is not about to end, oldest first. */
  get free(): readonly HeldJob[] {
    return [...this.#held.values()].filter(({ isEnding }) => !isEnding)
  }

  get held(): readonly ClaimedJob[] {
    return [...this.#held.values()].map(({ job }) => job)
  }

  async claim(request: ClaimRequest): Promise<number> {
    const claimed = await this.client.ask((connection) => connection.claim(request))
    this.#hold(claimed ?? [])
    return claimed?.length ?? 0
  }

  async pushReserved(queue: string, payload: string): Promise<void> {
    const job = await this.client.ask((connection) => connection.pushReserved(queue, payload))
    if (job) this.#hold([job])
  }

  /** Those of a batch or a chain are not completed in groups. */
  async exchange(completed: readonly HeldJob[], request: ClaimRequest): Promise<void> {
    const plain = completed.filter(({ job }) => isPlain(describedIn(job.payload)))
    await this.#end(plain, async () => {
      const exchange = await this.client.ask((connection) =>
        connection.exchange(
          plain.map(({ job }) => job),
          request,
        ),
      )
      this.#hold(exchange?.claimed ?? [])
      return exchange
    })
    await this.#freeLocks(plain)
  }

  async complete(held: HeldJob): Promise<void> {
    const { job } = held
    await this.#end([held], () =>
      this.client.ask<unknown>((connection) =>
        isPlain(describedIn(job.payload)) ? connection.complete([job]) : connection.conclude(job, followUpOf(job)),
      ),
    )
    await this.#freeLocks([held])
  }

  async fail(held: HeldJob): Promise<void> {
    const { job } = held
    const described = describedIn(job.payload)
    const { uuid } = described
    const failure = { uuid, connection: 'database', queue: job.queue, payload: job.payload, exception: 'Error: no' }
    await this.#end([held], () => this.client.ask((connection) => connection.fail(job, failure, memberOf(described))))
    await this.#freeLocks([held])
  }

  async release(held: HeldJob, delaySeconds: number): Promise<void> {
    await this.#end([held], () => this.client.ask((connection) => connection.release(held.job, delaySeconds)))
  }

  /** Without a word on them afterwards, whatever the answer. */
  async unclaim(held: readonly HeldJob[], delaySeconds: number): Promise<void> {
    const jobs = held.filter(({ hasBeenEnded }) => !hasBeenEnded).map(({ job }) => job)
    for (const job of jobs) this.#held.delete(keyOf(job))
    if (jobs.length > 0) await this.client.ask((connection) => connection.unclaim(jobs, delaySeconds))
  }

  async renew(reservations: readonly Reservation[]): Promise<void> {
    const lost = await this.client.ask((connection) => connection.renew(reservations))
    for (const reservation of lost ?? []) this.#held.delete(keyOf(reservation))
  }

  /** Answers the reservations that it leaves behind, those of jobs that it had not given back. */
  crash(): readonly ClaimedJob[] {
    const left = this.held
    this.client.restart()
    this.#held = new Map()
    return left
  }

  #hold(jobs: readonly ClaimedJob[]): void {
    for (const job of jobs) this.#held.set(keyOf(job), { job, isEnding: false, hasBeenEnded: false })
  }

  /** What is not answered may be tried again, or ended in another way. */
  async #end(held: readonly HeldJob[], write: () => Promise<unknown>): Promise<void> {
    for (const one of held) {
      one.isEnding = true
      one.hasBeenEnded = true
    }
    const answer = await write()
    for (const one of held) {
      one.isEnding = false
      if (answer !== undefined) this.#held.delete(keyOf(one.job))
    }
  }

  /** As workers do it: of a job that has most likely ended, whoever holds the lock. */
  async #freeLocks(held: readonly HeldJob[]): Promise<void> {
    for (const { job } of held) {
      const { uniqueKey } = describedIn(job.payload)
      if (uniqueKey === undefined || this.#held.has(keyOf(job))) continue
      await this.client.ask((connection) => connection.shared.releaseLock(uniqueKey))
    }
  }
}

export interface HeldJob {
  readonly job: ClaimedJob
  isEnding: boolean
  /** A write that ends it was sent, and may still be carried out. */
  hasBeenEnded: boolean
}

function followUpOf({ payload, queue }: ClaimedJob): FollowUp {
  const described = describedIn(payload)
  const batch = memberOf(described)
  return { ...(batch && { batch }), ...(described.next && { next: newJob(described.next, queue) }) }
}
