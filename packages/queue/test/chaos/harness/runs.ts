import type { AttemptEnd, HandlerEnd, LedgerEntry } from './ledger.ts'

/** One run of a handler, put together from what its process wrote. Times are of the machine's clock, in milliseconds. */
export interface Run {
  readonly uuid: string
  readonly pid: number
  readonly attempt: number
  readonly startedAt: number
  /** Missing when the process did not come so far. */
  endedAt?: number
  how?: HandlerEnd
  /** Its effect is on disk. */
  effectAt?: number
  told?: AttemptEnd
  toldAt?: number
}

/** By job, in the order in which they started. `entries` are in the order in which they happened. */
export function runsOf(entries: readonly LedgerEntry[]): ReadonlyMap<string, readonly Run[]> {
  const runs = new Map<string, Run[]>()
  for (const entry of entries) {
    if (entry.event === 'start') begin(runs, entry)
    else if ('attempt' in entry) add(runs.get(entry.uuid) ?? [], entry)
  }
  return runs
}

type AttemptEntry = Extract<LedgerEntry, { readonly attempt: number }>

function begin(runs: Map<string, Run[]>, { uuid, pid, attempt, t }: AttemptEntry): void {
  const ofJob = runs.get(uuid) ?? []
  ofJob.push({ uuid, pid, attempt, startedAt: t })
  runs.set(uuid, ofJob)
}

/** A process may run a job again that it had before: what it tells is of its latest run. */
function add(runs: readonly Run[], entry: AttemptEntry): void {
  const run = runs.findLast(({ pid }) => pid === entry.pid)
  // A job that fails without running, its tries being used up, has none.
  if (!run) return
  if (entry.event === 'effect') run.effectAt = entry.t
  if (entry.event === 'end') Object.assign(run, { endedAt: entry.t, how: entry.how })
  if (entry.event !== 'effect' && entry.event !== 'end' && entry.event !== 'start')
    Object.assign(run, { told: entry.event, toldAt: entry.t })
}
