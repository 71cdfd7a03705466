/** Before the second try, the third and so on. Together about a day: a mail server that is away overnight costs no message. */
const pausesSeconds = [60, 300, 900, 3_600, 3 * 3_600, 8 * 3_600, 12 * 3_600] as const

/** After so many tries a message is given up. */
export const mostTries = pausesSeconds.length + 1

/**
 * Seconds until the next try, a fifth more or less, so that what failed together does not come back together; undefined
 * when there is none. `random` answers from 0 to 1.
 */
export function retryPauseSeconds(tries: number, random: () => number): number | undefined {
  const pause = pausesSeconds[tries - 1]
  return pause === undefined ? undefined : Math.round(pause * (0.8 + 0.4 * random()))
}
