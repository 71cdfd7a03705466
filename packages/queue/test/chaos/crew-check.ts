import type { Crew, CrewKind, CrewRun } from './crew.ts'

/** A time in which workers may have been cut off from their database. Times are of `performance.now()`. */
export interface Outage {
  readonly from: number
  readonly to: number
  /** Which of the workers; all of them when it is missing. */
  readonly worker?: number
}

/**
 * Until when what began in a fault may show: a call that met it ends at its deadline, and a reservation that was not renewed
 * meanwhile is found to be over by the next look.
 */
export function feltUntil(
  over: number,
  { deadline, retryAfter }: { readonly deadline: number; readonly retryAfter: number },
) {
  return over + (deadline + retryAfter + lookSeconds) * 1000
}

const lookSeconds = 1

/** What is in the database in the end: ids of jobs, one for each row. */
export interface CrewState {
  readonly effects: readonly string[]
  readonly failed: readonly string[]
  readonly waiting: readonly string[]
}

export interface CrewEvidence {
  readonly crew: Pick<Crew, 'runs' | 'tried' | 'acknowledged' | 'ended'>
  readonly outages: readonly Outage[]
  readonly database: CrewState
  /** Seconds. */
  readonly retryAfter: number
}

export interface CrewFindings {
  readonly figures: Readonly<Record<string, number>>
  readonly violations: readonly string[]
}

type Query = (sql: string) => Promise<readonly Readonly<Record<string, unknown>>[]>

export async function crewState(query: Query): Promise<CrewState> {
  const idsOf = async (table: string) =>
    (await query(`select payload from ${table} where queue = 'default'`)).map(({ payload }) =>
      String(JSON.parse(String(payload)).data.id),
    )
  return {
    effects: (await query('select uuid from effects')).map(({ uuid }) => String(uuid)),
    failed: await idsOf('failed_jobs'),
    waiting: await idsOf('jobs'),
  }
}

const mostNamed = 10

/**
 * Balances what the crew saw with the database: what was acknowledged ran, and has one effect where it is fenced; nothing
 * failed, since nothing in the jobs does; a job ran again only when its worker had been cut off; and no try was counted
 * that was none.
 */
export function checkCrew(evidence: CrewEvidence): CrewFindings {
  const { crew, database } = evidence
  const runs = Map.groupBy(crew.runs, ({ id }) => id)
  const effects = Map.groupBy(database.effects, (uuid) => uuid)
  const isDone = (uuid: string, kind: CrewKind) =>
    kind === 'fenced' ? effects.has(uuid) : runs.get(uuid)?.some(({ how }) => how === 'returned') === true
  const acknowledged = [...crew.tried].filter(([uuid]) => crew.acknowledged.has(uuid))
  const lost = acknowledged.filter(([uuid, kind]) => !isDone(uuid, kind)).map(([uuid]) => uuid)
  const unexpected = [...runs.keys()].filter((uuid) => !crew.tried.has(uuid))
  const doubled = [...effects].filter(([, rows]) => rows.length > 1).map(([uuid]) => uuid)
  const again = [...runs.values()].flatMap((ofJob) =>
    ofJob.slice(1).map((run, index) => ({ run, before: ofJob[index] })),
  )
  const unexplained = again.filter(({ run, before }) => before && !isExplained(before, run, evidence))
  const counted = [...runs.values()].flatMap((ofJob) => ofJob.filter((run, index) => run.attempt > index + 1))
  return {
    figures: {
      jobs: acknowledged.length,
      runs: crew.runs.length,
      again: again.length,
      lost: lost.length,
      doubled: doubled.length,
      failed: database.failed.length,
      left: database.waiting.length,
    },
    violations: [
      ...named(lost, 'was acknowledged and is lost'),
      ...named(unexpected, 'ran, and nobody dispatched it'),
      ...named(doubled, 'has more than one effect'),
      ...named(database.failed, 'failed, and nothing in it fails'),
      ...named(database.waiting, 'was never ended'),
      ...named(
        unexplained.map(({ run }) => run.id),
        'ran again, and its worker had not been cut off',
      ),
      ...named(
        counted.map(({ id, attempt }) => `${id} (try ${attempt})`),
        'has more tries than it has runs',
      ),
      ...crew.ended,
    ],
  }
}

/** Its handler threw; or the reservation may have ended while nobody could renew it, or while its end could not be told. */
function isExplained(before: CrewRun, run: CrewRun, { outages, retryAfter }: CrewEvidence): boolean {
  if (before.how === 'threw' && (before.endedAt ?? 0) <= run.startedAt) return true
  const claimedAt = before.startedAt - retryAfter * 1000
  return outages.some(
    ({ from, to, worker = before.worker }) => worker === before.worker && from <= run.startedAt && to >= claimedAt,
  )
}

function named(uuids: readonly string[], what: string): readonly string[] {
  const more = uuids.length - mostNamed
  const first = uuids.slice(0, mostNamed).map((uuid) => `Job ${uuid} ${what}.`)
  return more > 0 ? [...first, `And ${more} more: ${what}.`] : first
}
