import type { Crew, CrewKind, CrewRun } from './crew.ts'

/** A time in which workers were cut off from their database. Times are of `performance.now()`. */
export interface Outage {
  readonly from: number
  readonly to: number
  /** Which of the workers; all of them when it is missing. */
  readonly worker?: number
}

/** What is in the database in the end: ids of jobs, one for each row. */
export interface CrewState {
  readonly effects: readonly string[]
  readonly failed: readonly string[]
  readonly waiting: readonly string[]
}

export interface CrewEvidence {
  readonly crew: Pick<Crew, 'runs' | 'tried' | 'acknowledged' | 'ended' | 'stalls' | 'forgotten'>
  readonly outages: readonly Outage[]
  readonly database: CrewState
  /** Seconds. */
  readonly retryAfter: number
  /** Seconds; a renewal that met the outage may wait so long, and no other is tried meanwhile. */
  readonly deadline: number
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
 * failed, since nothing in the jobs does; a job ran again only after its reservation was over, which took an outage of its
 * worker; what was done was told; and no try was counted that was none.
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
  const problems = again.flatMap(({ run, before }) => (before && whyNotAgain(before, run, evidence)) ?? [])
  const counted = [...runs.values()].flatMap((ofJob) =>
    ofJob.filter((run, index) => run.attempt > 1 + ofJob.slice(0, index).filter(({ how }) => how === 'threw').length),
  )
  return {
    figures: {
      jobs: acknowledged.length,
      runs: crew.runs.length,
      again: again.length,
      'after an error': again.filter(({ before }) => before?.how === 'threw').length,
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
      ...named(problems, 'ran again without a reason'),
      ...named(crew.forgotten, 'is done, and nobody has told the database'),
      ...named(
        counted.map(({ id, attempt }) => `${id} (try ${attempt})`),
        'has more tries than its handler failed',
      ),
      ...crew.ended,
    ],
  }
}

/**
 * Who was cut off loses each reservation once: there are no more second runs than reservations that ended in an outage.
 * Answers undefined when it is right.
 */
function whyNotAgain(
  before: CrewRun,
  run: CrewRun,
  { crew, outages, retryAfter, deadline }: CrewEvidence,
): string | undefined {
  const { claim } = before
  if (before.hasEffect || claim?.hasEnded) return `${run.id} (it had ended)`
  if (before.how === 'threw' && (before.endedAt ?? 0) <= run.startedAt) return undefined
  if (!claim || !run.claim || claim === run.claim) return `${run.id} (nobody claimed it)`
  const { renewedAt } = claim
  const agoMs = run.claim.answeredAt - renewedAt
  // The column has whole seconds, of which a reservation may lose one.
  if (agoMs <= (retryAfter - 1) * 1000) return `${run.id} (it had been reserved ${Math.round(agoMs)} ms ago)`
  const overAt = renewedAt + retryAfter * 1000
  const wasCutOff = [...outages, ...crew.stalls].some(
    ({ from, to, worker = before.worker }) =>
      worker === before.worker && from <= overAt && to + (deadline + slackSeconds) * 1000 >= renewedAt,
  )
  return wasCutOff ? undefined : `${run.id} (its worker ${before.worker} could renew its reservation)`
}

/** What a busy machine may add. */
const slackSeconds = 1

function named(uuids: readonly string[], what: string): readonly string[] {
  const more = uuids.length - mostNamed
  const first = uuids.slice(0, mostNamed).map((uuid) => `Job ${uuid} ${what}.`)
  return more > 0 ? [...first, `And ${more} more: ${what}.`] : first
}
