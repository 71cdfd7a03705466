import { DatabaseSync } from 'node:sqlite'
import type { Random } from './harness/random.ts'
import type { Verdict } from './harness/scenario.ts'
import type { OperatorReport, OperatorSettings } from './r17-operator.ts'
import { runOperator } from './r17-processes.ts'

export interface Operators extends Omit<OperatorSettings, 'seed'> {
  readonly processes: number
  readonly random: Random
}

/** Several of them at the same file; answers when all are done. */
export function runOperators({ processes, random, ...settings }: Operators): Promise<readonly OperatorReport[]> {
  const seeds = Array.from({ length: processes }, () => random.whole(0, 2 ** 32 - 1))
  return Promise.all(seeds.map((seed) => runOperator({ ...settings, seed })))
}

/** Nobody was told that the file is busy, nobody waited for too long, and each job that was taken is in one place. */
export function judge(
  reports: readonly OperatorReport[],
  { place, p99Ms }: { readonly place: string; readonly p99Ms: number },
): Pick<Verdict, 'figures' | 'violations'> {
  const durations = reports.flatMap(({ durationsMs }) => durationsMs).sort((a, b) => a - b)
  const errors = reports.flatMap((report) => report.errors)
  const p99 = durations[Math.floor(durations.length * 0.99)] ?? 0
  return {
    figures: {
      operations: durations.length,
      'p99 ms': Math.round(p99),
      'longest ms': Math.round(durations.at(-1) ?? 0),
      errors: errors.length,
    },
    violations: [
      ...new Set(errors),
      ...(p99 > p99Ms ? [`One operation in a hundred took longer than ${Math.round(p99)} ms.`] : []),
      ...misplaced(reports, place),
    ],
  }
}

function misplaced(reports: readonly OperatorReport[], place: string): readonly string[] {
  using database = new DatabaseSync(place, { timeout: 5_000 })
  const uuidsOf = (table: string) =>
    database
      .prepare(`select payload ->> '$.uuid' as uuid from ${table}`)
      .all()
      .map(({ uuid }) => String(uuid))
  const found = [...reports.flatMap(({ completed }) => completed), ...uuidsOf('jobs'), ...uuidsOf('failed_jobs')]
  const places = Map.groupBy(found, (uuid) => uuid)
  const pushed = reports.flatMap((report) => report.pushed)
  return [
    ...pushed.filter((uuid) => !places.has(uuid)).map((uuid) => `Job ${uuid} is lost.`),
    ...pushed.filter((uuid) => (places.get(uuid)?.length ?? 0) > 1).map((uuid) => `Job ${uuid} is in two places.`),
    ...(places.size > pushed.length ? ['There are jobs that nobody pushed.'] : []),
    ...damages(database),
  ].slice(0, 20)
}

function damages(database: DatabaseSync): readonly string[] {
  const found = database.prepare('pragma integrity_check').all()
  return found.map((row) => String(row.integrity_check)).filter((text) => text !== 'ok')
}
