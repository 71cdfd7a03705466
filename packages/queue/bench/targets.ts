import { best, type Pick, type Result } from './results.ts'
import { median } from './statistics.ts'

/** A promise about one figure of ours beside another one. */
export interface Target {
  readonly row: string
  readonly promise: string
  readonly judge: (results: readonly Result[]) => Verdict | undefined
}

export interface Verdict {
  readonly ours: number
  readonly other: number | undefined
  /** Ours in terms of what it is held against. */
  readonly ratio: number | undefined
  readonly isMet: boolean
}

export const targets: readonly Target[] = [
  rate('throughput', 'Surtidor on MariaDB', { times: 1.6, of: 'BullMQ' }),
  rate('throughput', 'Surtidor on MariaDB', { times: 70, of: 'Laravel queue:work' }),
  rate('throughput', 'Surtidor on MariaDB', { times: 0.7, of: 'bare loop on MariaDB' }),
  rate('throughput', 'Surtidor on PostgreSQL', { times: 1.3, of: 'graphile-worker' }),
  rate('throughput', 'Surtidor on PostgreSQL', { times: 2.2, of: 'pg-boss' }),
  rate('throughput', 'Surtidor on PostgreSQL', { times: 0.7, of: 'bare loop on PostgreSQL' }),
  rate('throughput', 'Surtidor on SQLite', { times: 6, of: 'plainjob' }),
  rate('throughput', 'Surtidor on SQLite', { times: 40, of: 'liteque' }),
  rate('throughput', 'Surtidor on SQLite', { times: 0.4, of: 'bare loop on SQLite' }),
  ...onEach((home) => [
    rate('one-at-a-time', home, { times: 3, of: 'graphile-worker by default' }),
    rate('one-at-a-time', home, { times: 1, of: 'BullMQ' }),
  ]),
  ...onEach((home) => [
    rate('dispatch', home, { times: 0.9, of: home.replace('Surtidor', 'bare loop') }),
    rate('dispatch', home, { times: 2, of: 'pg-boss' }),
    rate('dispatch', home, { times: 3, of: 'graphile-worker' }),
  ]),
  ...['Surtidor on MariaDB', 'Surtidor on PostgreSQL'].flatMap((home) => [
    rate('dispatch-many', home, { times: 3, of: 'BullMQ' }),
    rate('dispatch-many', home, { times: 1.5, of: 'pg-boss' }),
    rate('dispatch-many', home, { times: 1.5, of: 'graphile-worker' }),
  ]),
  rate('dispatch-many', 'Surtidor on SQLite', { times: 1, of: 'plainjob' }),
  ...onEach((home) => [flatness(home, 'p50 ms', 1.2), flatness(home, 'p99 ms', 2)]),
  latency('latency-within', 'Surtidor on SQLite', 'BullMQ'),
  latency('latency-within', 'Surtidor on PostgreSQL', 'BullMQ'),
  latencyWithCommit('Surtidor on MariaDB'),
  latency('latency-across', 'Surtidor on PostgreSQL', 'graphile-worker'),
  absolute({ measure: 'latency-across', contender: 'Surtidor on MariaDB', metric: 'p99 ms' }, 60),
  absolute({ measure: 'latency-across', contender: 'Surtidor on SQLite', metric: 'p99 ms' }, 60),
  absolute({ measure: 'idle', contender: 'Surtidor on MariaDB', metric: 'statements/s' }, 0.5),
  absolute({ measure: 'idle', contender: 'Surtidor on PostgreSQL', metric: 'statements/s' }, 0.5),
  ...onEach((home) => [
    absolute({ measure: 'memory', contender: home, metric: 'RSS MB, 1000000 waiting' }, 130),
    absolute({ measure: 'memory', contender: home, metric: 'RSS MB, 1000000 waiting, full speed' }, 130),
    growth(home, 10),
  ]),
]

function onEach(make: (home: string) => readonly Target[]): readonly Target[] {
  return ['Surtidor on MariaDB', 'Surtidor on PostgreSQL', 'Surtidor on SQLite'].flatMap(make)
}

interface Multiple {
  readonly times: number
  readonly of: string
}

function rate(measure: string, home: string, { times, of }: Multiple): Target {
  const metric = 'jobs/s'
  return {
    row: `${measure}, ${home}`,
    promise: `≥ ${times} × ${of}`,
    judge: (results) =>
      compare(
        medianOf(results, { measure, contender: home, metric }),
        medianOf(results, { measure, contender: of, metric }),
        (ratio) => ratio >= times,
      ),
  }
}

function flatness(home: string, percentileMetric: string, factor: number): Target {
  const pick = (table: string): Pick => ({ measure: 'claim', contender: home, metric: `${table} ${percentileMetric}` })
  return {
    row: `claim, ${home}`,
    promise: `${percentileMetric} of the large table ≤ ${factor} × that of the small one`,
    judge: (results) =>
      compare(medianOf(results, pick('large')), medianOf(results, pick('small')), (ratio) => ratio <= factor),
  }
}

function latency(measure: string, home: string, other: string): Target {
  const metric = 'p50 ms'
  return {
    row: `${measure}, ${home}`,
    promise: `p50 ≤ that of ${other}`,
    judge: (results) =>
      compare(
        medianOf(results, { measure, contender: home, metric }),
        medianOf(results, { measure, contender: other, metric }),
        (ratio) => ratio <= 1,
      ),
  }
}

/** MariaDB flushes a commit before it answers, which a Redis that flushes once a second does not. */
function latencyWithCommit(home: string): Target {
  const measure = 'latency-within'
  const metric = 'p50 ms'
  return {
    row: `${measure}, ${home}`,
    promise: 'p50 ≤ that of BullMQ + one durable commit (a bare insert)',
    judge: (results) => {
      const inserts = medianOf(results, { measure: 'dispatch', contender: 'bare loop on MariaDB', metric: 'jobs/s' })
      const bullmq = medianOf(results, { measure, contender: 'BullMQ', metric })
      if (inserts === undefined || bullmq === undefined) return undefined
      const ours = medianOf(results, { measure, contender: home, metric })
      return compare(ours, bullmq + 1_000 / inserts, (ratio) => ratio <= 1)
    },
  }
}

function absolute(pick: Pick, most: number): Target {
  return {
    row: `${pick.measure}, ${pick.contender}`,
    promise: `${pick.metric} ≤ ${most}`,
    judge: (results) => {
      const ours = medianOf(results, pick)
      return ours === undefined ? undefined : { ours, other: undefined, ratio: undefined, isMet: ours <= most }
    },
  }
}

function growth(home: string, most: number): Target {
  const pick = (waiting: number): Pick => ({
    measure: 'memory',
    contender: home,
    metric: `RSS MB, ${waiting} waiting`,
  })
  return {
    row: `memory, ${home}`,
    promise: `RSS with 1,000,000 waiting ≤ ${most} MB above that with 1,000`,
    judge: (results) => {
      const ours = medianOf(results, pick(1_000_000))
      const other = medianOf(results, pick(1_000))
      if (ours === undefined || other === undefined) return undefined
      return { ours, other, ratio: undefined, isMet: ours - other <= most }
    },
  }
}

function compare(
  ours: number | undefined,
  other: number | undefined,
  isMet: (ratio: number) => boolean,
): Verdict | undefined {
  if (ours === undefined || other === undefined) return undefined
  const ratio = ours / other
  return { ours, other, ratio, isMet: isMet(ratio) }
}

function medianOf(results: readonly Result[], pick: Pick): number | undefined {
  const result = best(results, pick)
  return result && median(result.values)
}
