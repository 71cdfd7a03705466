import type { Outage } from './crew-check.ts'
import { inBounds } from './harness/checker.ts'
import type { Timings } from './timed-driver.ts'

type Period = Pick<Outage, 'from' | 'to'>

/** What a machine with other things to do may add to a deadline, beside the times in which this process stood still. */
const slackMs = 1_000
const stallCheckMs = 50
/** Together with what passes between two renewals, this may be longer than a reservation of two seconds lasts. */
const stallMs = 250

/** Adds the times in which nothing of this process moved. */
export function watchForStalls(stalls: Period[]): NodeJS.Timeout {
  let last = performance.now()
  return setInterval(() => {
    const now = performance.now()
    if (now - last > stallCheckMs + stallMs) stalls.push({ from: last, to: now })
    last = now
  }, stallCheckMs)
}

/** Statements and calls that took longer than their deadline allows, as sentences; those still waited for, too. */
export function tooSlow({ late, pending, lateMs }: Timings, stalls: readonly Period[]): readonly string[] {
  const waiting = [...pending].map(({ startedAt }) => ({ what: 'call', from: startedAt, to: performance.now() }))
  const slow = [...late, ...waiting].filter(({ from, to }) => {
    const stalledMs = stalls.reduce((sum, stall) => sum + overlapMs(stall, { from, to }), 0)
    return to - from - stalledMs > lateMs + slackMs
  })
  return inBounds(slow.map(({ what, from, to }) => `A ${what} was waited for ${Math.round(to - from)} ms.`))
}

function overlapMs(one: Period, other: Period): number {
  return Math.max(0, Math.min(one.to, other.to) - Math.max(one.from, other.from))
}
