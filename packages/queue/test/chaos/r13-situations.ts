import type { DriverName } from './harness/scenario.ts'
import type { ClockJob, ClockKind } from './r13-program.ts'

/** Seconds; a worker renews three times as often. */
export const retryAfter = 3

/** A clock that is wrong, or becomes so while jobs run. */
export interface Situation {
  readonly name: string
  readonly drivers: readonly DriverName[]
  /** Of one worker of three, or of the database: with a file, that is the host's, and all processes have it. */
  readonly clockOf: 'one worker' | 'the database'
  /** Seconds ahead of all other clocks, or the moment that it shows when the workers start. */
  readonly begins: number | Date
  /** Seconds ahead of all other clocks, from the middle of the run on. */
  readonly jumpsTo?: number
  /** The unix second that no clock which began before it may still be short of in the end. */
  readonly boundary?: number
  readonly jobs: readonly ClockJob[]
  /** Where it is part of the short form: once is enough there. */
  readonly shortOn?: readonly DriverName[]
}

const several = (kind: ClockKind, count: number, ms: number): readonly ClockJob[] =>
  Array.from({ length: count }, () => ({ kind, ms }))

const slowMs = retryAfter * 1500

/** Workers with nothing to do look at the reservations of those that have. */
const withIdleWorkers = [...several('held', 1, 20), ...several('slow', 4, slowMs), ...several('plain', 20, 20)]

/** One place of six is free, and behind it jobs wait. */
const withWaitingJobs = [...several('held', 1, 20), ...several('slow', 5, slowMs), ...several('plain', 40, 100)]

const withDeadlines = [
  ...several('held', 1, 20),
  ...several('slow', 2, slowMs),
  ...several('delayed', 10, 20),
  ...several('deadline', 40, 80),
]

const servers: readonly DriverName[] = ['mariadb', 'postgres']
/** The server of MariaDB does not start with a clock beyond 2038. */
const faked: readonly DriverName[] = ['sqlite', 'postgres']

const hour = 3_600

const ofOneWorker = (name: string, begins: number) =>
  ({ name, drivers: servers, clockOf: 'one worker', begins, jobs: withDeadlines }) as const

const ofDatabase = (name: string, begins: number | Date, jobs: readonly ClockJob[]) =>
  ({ name, drivers: faked, clockOf: 'the database', begins, jobs }) as const

export const situations: readonly Situation[] = [
  ofOneWorker('a worker two minutes ahead', 120),
  ofOneWorker('a worker two minutes behind', -120),
  { ...ofOneWorker('a worker an hour ahead', hour), shortOn: ['mariadb'] },
  { ...ofOneWorker('a worker that jumps two hours ahead', 0), jumpsTo: 2 * hour },
  { ...ofOneWorker('a worker that jumps two hours back', 0), jumpsTo: -2 * hour },
  {
    ...ofDatabase('a database that jumps two hours ahead', 0, withIdleWorkers),
    jumpsTo: 2 * hour,
    shortOn: ['sqlite'],
  },
  { ...ofDatabase('a database that jumps two hours back', 0, withWaitingJobs), jumpsTo: -2 * hour },
  { ...ofDatabase('a database that jumps ten minutes back', 0, withWaitingJobs), jumpsTo: -600, shortOn: faked },
  {
    ...ofDatabase('the end of 31 bits in 2038', new Date('2038-01-19T03:14:05Z'), withIdleWorkers),
    boundary: 2 ** 31,
  },
  {
    ...ofDatabase('the end of 32 bits in 2106', new Date('2106-02-07T06:28:10Z'), withIdleWorkers),
    boundary: 2 ** 32,
  },
]
