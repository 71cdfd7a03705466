import type { ClaimedJob, ClaimRequest, Connection, Exchange, Reservation } from '../../src/connection.ts'
import { wrappedConnection } from '../support/wrapped-connection.ts'

/** One claim of a job, as the connection of its worker heard of it. Times are of `performance.now()`. */
export interface CrewClaim {
  /** Of the job, from its data. */
  readonly id: string
  /** When the answer was there: the reservation of whoever had the job before was over by then. */
  readonly answeredAt: number
  /** When the claim was asked for, or the last renewal that was answered: the reservation was there at least so long. */
  renewedAt: number
  /** The database was asked to delete the job, which is done. */
  wasAskedToEnd: boolean
  /** It was answered, whether the reservation was still the current one or not. */
  wasAnswered: boolean
  /** It has deleted the job. */
  hasEnded: boolean
}

/** What a worker claims, renews and completes, listened to between it and its connection. */
export class CrewClaims {
  readonly #all: CrewClaim[] = []
  readonly #current = new Map<string, CrewClaim>()
  readonly #ofJob = new Map<string, CrewClaim>()

  /** The last claim of the job. */
  of(id: string): CrewClaim | undefined {
    return this.#ofJob.get(id)
  }

  /** Jobs that are done, and of which the database was asked in vain to be rid: who asks must not forget it. */
  get forgotten(): readonly CrewClaim[] {
    return this.#all.filter(({ wasAskedToEnd, wasAnswered }) => wasAskedToEnd && !wasAnswered)
  }

  listenTo(connection: Connection): Connection {
    const claimed = async <T>(work: () => Promise<T>, jobsOf: (answer: T) => readonly ClaimedJob[]): Promise<T> => {
      const askedAt = performance.now()
      const answer = await work()
      for (const job of jobsOf(answer)) this.#claimed(job, askedAt)
      return answer
    }
    const completed = async <T>(
      reservations: readonly Reservation[],
      work: () => Promise<T>,
      lostOf: (answer: T) => readonly Reservation[],
    ): Promise<T> => {
      for (const claim of this.#claimsOf(reservations)) claim.wasAskedToEnd = true
      const answer = await work()
      const lost = new Set(lostOf(answer).map(keyOf))
      for (const claim of this.#claimsOf(reservations)) claim.wasAnswered = true
      for (const claim of this.#claimsOf(reservations.filter((each) => !lost.has(keyOf(each))))) claim.hasEnded = true
      return answer
    }
    return wrappedConnection(connection, {
      claim: (request: ClaimRequest) =>
        claimed(
          () => connection.claim(request),
          (jobs) => jobs,
        ),
      pushReserved: (queue: string, payload: string) =>
        claimed(
          () => connection.pushReserved(queue, payload),
          (job) => [job],
        ),
      exchange: (done: readonly Reservation[], request: ClaimRequest) =>
        claimed<Exchange>(
          () =>
            completed(
              done,
              () => connection.exchange(done, request),
              ({ lost }) => lost,
            ),
          (answer) => answer.claimed,
        ),
      complete: (done: readonly Reservation[]) =>
        completed(
          done,
          () => connection.complete(done),
          (lost) => lost,
        ),
      renew: async (reservations: readonly Reservation[]) => {
        const askedAt = performance.now()
        const lost = await connection.renew(reservations)
        const lostKeys = new Set(lost.map(keyOf))
        for (const claim of this.#claimsOf(reservations.filter((each) => !lostKeys.has(keyOf(each)))))
          claim.renewedAt = Math.max(claim.renewedAt, askedAt)
        return lost
      },
    })
  }

  #claimed(job: ClaimedJob, askedAt: number): void {
    const id = String(JSON.parse(job.payload).data.id)
    const claim = {
      id,
      answeredAt: performance.now(),
      renewedAt: askedAt,
      wasAskedToEnd: false,
      wasAnswered: false,
      hasEnded: false,
    }
    this.#all.push(claim)
    // What was given back unstarted may come again under the same key.
    this.#current.set(keyOf(job), claim)
    this.#ofJob.set(id, claim)
  }

  #claimsOf(reservations: readonly Reservation[]): readonly CrewClaim[] {
    return reservations.flatMap((reservation) => this.#current.get(keyOf(reservation)) ?? [])
  }
}

function keyOf({ id, attempts }: Reservation): string {
  return `${id} ${attempts}`
}
