import { type JobTraits, jobKinds } from './job-kinds.ts'
import type { LedgerEntry } from './ledger.ts'
import { Faults, type Reason } from './restarts.ts'
import { type Run, runsOf } from './runs.ts'

/** What is in the database in the end. */
export interface DatabaseState {
  /** The uuids of the table `effects`, which has no unique key: one for each row. */
  readonly effects: readonly string[]
  /** The uuids of `failed_jobs`. */
  readonly failed: readonly string[]
  /** The uuids of the payloads in `jobs`. */
  readonly waiting: readonly string[]
}

export interface Evidence {
  /** In the order in which they happened. */
  readonly entries: readonly LedgerEntry[]
  readonly database: DatabaseState
  /** What the kinds of the ledger promise. Default: those of the chaos program. */
  readonly kinds?: Readonly<Record<string, JobTraits>>
  /** False where no worker was to empty the queue. Default true. */
  readonly isDrained?: boolean
  /** Seconds after which a reservation of the workers is over. Default 3: no scenario waits for longer ones to end. */
  readonly retryAfter?: number
}

export interface Findings {
  readonly figures: Readonly<Record<string, number>>
  readonly violations: readonly string[]
}

/**
 * Balances the ledgers with the database: what was acknowledged is there, once; nothing is there that nobody asked for; no
 * job ran again without a reason that has a name.
 */
export function check(evidence: Evidence): Findings {
  const books = open(evidence)
  const restarts = checkRestarts(books)
  const places = checkPlaces(books, evidence.isDrained ?? true)
  const { figures, violations } = checkEffects(books)
  const all = [
    ...places.violations,
    ...violations,
    ...restarts.violations,
    ...checkAttempts(books),
    ...strangeExits(evidence.entries),
  ]
  const errors = evidence.entries.filter(({ event }) => event === 'worker-error').length
  return {
    figures: { ...places.figures, ...restarts.figures, ...figures, errors },
    violations: inBounds(all),
  }
}

/** Kills that hit a process while one of its handlers ran. */
export function killsThatHit(entries: readonly LedgerEntry[]): number {
  const runs = [...runsOf(entries).values()].flat()
  const byProcess = Map.groupBy(runs, ({ pid }) => pid)
  return entries.filter(
    (entry) =>
      entry.event === 'signal' &&
      entry.signal === 'SIGKILL' &&
      entry.hit.some((pid) => byProcess.get(pid)?.some((run) => isRunning(run, entry.t))),
  ).length
}

function isRunning({ startedAt, endedAt = Number.POSITIVE_INFINITY }: Run, t: number): boolean {
  return startedAt <= t && t < endedAt
}

interface Books {
  /** By uuid; the kind that was dispatched. */
  readonly tried: ReadonlyMap<string, string>
  readonly acknowledged: ReadonlySet<string>
  readonly runs: ReadonlyMap<string, readonly Run[]>
  readonly faults: Faults
  readonly effects: ReadonlyMap<string, number>
  readonly failed: ReadonlyMap<string, number>
  readonly waiting: ReadonlyMap<string, number>
  readonly kinds: Readonly<Record<string, JobTraits>>
}

function open({ entries, database, kinds = jobKinds, retryAfter = 3 }: Evidence): Books {
  return {
    tried: new Map(entries.flatMap((entry) => (entry.event === 'enqueue-try' ? [[entry.uuid, entry.kind]] : []))),
    acknowledged: new Set(entries.flatMap((entry) => (entry.event === 'enqueue-ok' ? [entry.uuid] : []))),
    runs: runsOf(entries),
    faults: new Faults(entries, retryAfter),
    effects: countsOf(database.effects),
    failed: countsOf(database.failed),
    waiting: countsOf(database.waiting),
    kinds,
  }
}

/** How often each is there. */
export function countsOf(uuids: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const uuid of uuids) counts.set(uuid, (counts.get(uuid) ?? 0) + 1)
  return counts
}

function traitsOf({ tried, kinds }: Books, uuid: string): JobTraits | undefined {
  return kinds[tried.get(uuid) ?? '']
}

/** Lost, unexpected, recovered, and the sum: each job that was taken is in one place in the end. */
function checkPlaces(books: Books, isDrained: boolean): Findings {
  const { tried, acknowledged, effects, failed, waiting, runs } = books
  const isDone = (uuid: string) => {
    const { end = 'done', effects: kept = 'none' } = traitsOf(books, uuid) ?? {}
    // What is told is no proof of what must be on disk.
    if (end === 'failed') return false
    return effects.has(uuid) || (kept === 'none' && runs.get(uuid)?.some(({ told }) => told === 'done') === true)
  }
  const isThere = (uuid: string) => isDone(uuid) || failed.has(uuid) || waiting.has(uuid)
  const lost = [...acknowledged].filter((uuid) => !isThere(uuid))
  const seen = new Set([...effects.keys(), ...failed.keys(), ...waiting.keys(), ...runs.keys()])
  const unexpected = [...seen].filter((uuid) => !tried.has(uuid))
  const unknown = [...tried.keys()].filter((uuid) => !acknowledged.has(uuid))
  const recovered = unknown.filter(isThere)
  const taken = [...acknowledged, ...recovered]
  const done = taken.filter(isDone).length
  const inTwoPlaces = taken.filter(
    (uuid) => Number(effects.has(uuid)) + (failed.get(uuid) ?? 0) + (waiting.get(uuid) ?? 0) > 1,
  )
  return {
    figures: {
      jobs: acknowledged.size,
      unknown: unknown.length,
      recovered: recovered.length,
      done,
      failed: failed.size,
      left: waiting.size,
      lost: lost.length,
      unexpected: unexpected.length,
    },
    violations: [
      ...lost.map((uuid) => `${nameOf(books, uuid)} was acknowledged and is lost.`),
      ...unexpected.map((uuid) => `${nameOf(books, uuid)} is there, and nobody dispatched it.`),
      ...inTwoPlaces.map((uuid) => `${nameOf(books, uuid)} is in more than one place.`),
      ...misplaced(books, taken),
      ...(isDrained ? [...waiting.keys()].map((uuid) => `${nameOf(books, uuid)} was never ended.`) : []),
    ],
  }
}

function misplaced(books: Books, taken: readonly string[]): readonly string[] {
  return taken.flatMap((uuid) => {
    const end = traitsOf(books, uuid)?.end
    if (end === 'done' && books.failed.has(uuid)) return [`${nameOf(books, uuid)} failed, and nothing in it fails.`]
    if (end === 'failed' && books.effects.has(uuid)) return [`${nameOf(books, uuid)} has an effect, and it fails.`]
    return []
  })
}

function checkEffects(books: Books): Findings {
  const more = [...books.effects].filter(([, times]) => times > 1)
  const doubled = more.filter(([uuid]) => traitsOf(books, uuid)?.effects !== 'counted')
  // Each run may have written its own, and no more.
  const unaccounted = more.filter(
    ([uuid, times]) => traitsOf(books, uuid)?.effects === 'counted' && times > (books.runs.get(uuid)?.length ?? 0),
  )
  return {
    figures: { doubled: doubled.length, 'doubled unfenced': more.length - doubled.length },
    violations: [
      ...doubled.map(([uuid, times]) => `${nameOf(books, uuid)} has ${times} effects.`),
      ...unaccounted.map(([uuid, times]) => `${nameOf(books, uuid)} has ${times} effects, more than it has runs.`),
    ],
  }
}

function checkRestarts({ runs, faults, ...books }: Books): Findings {
  const pairs = [...runs.values()].flatMap(pairsOf)
  const reasons: Record<Reason, number> = {
    asked: 0,
    'given back': 0,
    killed: 0,
    stopped: 0,
    stalled: 0,
    'slow database': 0,
  }
  const violations: string[] = []
  for (const { previous, next } of pairs) {
    const reason = faults.reasonFor(previous, next)
    if (reason) reasons[reason] += 1
    else
      violations.push(`${nameOf(books, next.uuid)} ran again without a reason: ${told(previous)}; then ${told(next)}.`)
  }
  const { asked, ...unasked } = reasons
  return {
    figures: {
      restarts: Object.values(unasked).reduce((sum, times) => sum + times, 0),
      ...unasked,
      retries: asked,
      'side by side': pairs.filter(({ previous, next }) => (previous.endedAt ?? 0) > next.startedAt).length,
      unexplained: violations.length,
    },
    violations,
  }
}

/** Each re-start of a job, with the run before it. */
function pairsOf(runs: readonly Run[]): readonly { readonly previous: Run; readonly next: Run }[] {
  return runs.flatMap((next, index) => {
    const previous = runs[index - 1]
    return previous ? [{ previous, next }] : []
  })
}

/**
 * A run that was killed, given back, or that lost its reservation, is forgiven and was no try; one that ended in a wish to run again
 * was, unless its process was killed before that wish was on disk.
 */
function checkAttempts({ runs, ...books }: Books): readonly string[] {
  return [...runs].flatMap(([uuid, ofJob]) =>
    ofJob.flatMap((run, index) => {
      const before = ofJob.slice(0, index)
      const least = 1 + before.filter(({ told: end }) => end === 'released').length
      const most = least + before.filter(isMaybeCounted).length
      if (run.attempt >= least && run.attempt <= most) return []
      return [`${nameOf(books, uuid)} was on try ${run.attempt}, and ${least} to ${most} are accounted for.`]
    }),
  )
}

function isMaybeCounted({ how, told: end }: Run): boolean {
  return end === undefined && (how === 'threw' || how === 'released')
}

/** Processes of a fleet that ended although nobody asked or killed them. */
export function strangeExits(entries: readonly LedgerEntry[]): readonly string[] {
  return entries.flatMap((entry) =>
    entry.event === 'exit' && !entry.wasAsked
      ? [`Process ${entry.process} ended by itself with ${entry.code ?? entry.signal}.`]
      : [],
  )
}

function nameOf({ tried }: Pick<Books, 'tried'>, uuid: string): string {
  return `Job ${uuid} (${tried.get(uuid) ?? 'of no known kind'})`
}

function told({ pid, attempt, startedAt, endedAt, how, told: end }: Run): string {
  const ending = endedAt === undefined ? 'no end' : `${how} after ${Math.round(endedAt - startedAt)} ms`
  return `try ${attempt} in process ${pid} at ${Math.round(startedAt)}, ${ending}, told ${end ?? 'nothing'}`
}

const mostNamed = 20

/** A guard that is missing may be seen in thousands of jobs. */
export function inBounds(violations: readonly string[]): readonly string[] {
  const more = violations.length - mostNamed
  return more > 0 ? [...violations.slice(0, mostNamed), `And ${more} more.`] : violations
}
