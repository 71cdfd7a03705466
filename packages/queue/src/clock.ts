/** Where a connection without a database takes the time from. */
export interface Clock {
  /** Whole unix seconds. */
  now(): number
}

export const systemClock: Clock = { now: () => Math.floor(Date.now() / 1000) }
