/** Where a connection without a database takes the time from. */
export interface Clock {
  /** Whole unix seconds. */
  now(): number
}

/** So far the clocks of two machines may be apart before anybody minds. */
export const toleratedSeconds = 2

export const systemClock: Clock = { now: () => Math.floor(Date.now() / 1000) }
