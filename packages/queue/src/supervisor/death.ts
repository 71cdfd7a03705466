import type { Reservation } from '../connection.ts'
import { type RecordedRun, sharedNow } from './record-format.ts'
import type { WholeRecord } from './record-reader.ts'
import type { Culprit, CulpritEnd, LostWork } from './recover-work.ts'
import type { RunnerEnd } from './runner-process.ts'

type Died = Extract<RunnerEnd, { readonly kind: 'died' }>

/** Signals that come from outside: an administrator, the system that lacks memory, the host that ends. */
const foreignSignals: readonly (NodeJS.Signals | null)[] = ['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP']

/** What became of a runner that its parent saw die, and who has ended it, as far as that can be told. */
export function lostWorkOf(record: WholeRecord, end: Died): LostWork {
  const cause = causeOf(end)
  const { held, runs } = record
  const timedOut = end.killedFor?.kind === 'timeout' ? end.killedFor : undefined
  if (timedOut) {
    const end = { kind: 'timed_out', seconds: timedOut.seconds } as const
    return { cause, held, suspects: [], culprit: culpritOf(runs, timedOut.reservation, end) }
  }
  if (!isOfAJob(end)) return { cause, held, suspects: [], culprit: undefined }
  const running = record.exitedBy ? [record.exitedBy] : runs.map(({ reservation }) => reservation)
  const [only, ...others] = running
  if (only === undefined || others.length > 0) return { cause, held, suspects: running, culprit: undefined }
  return { cause, held, suspects: [], culprit: culpritOf(runs, only, { kind: 'crashed', cause }) }
}

/** True for a runner that had come to work and was only killed. */
export function isFromOutside(end: RunnerEnd): boolean {
  return end.kind === 'died' && end.cameToWork && !isOfAJob(end)
}

/** Of a process that nobody watched to its end: nothing is known, so nobody is to blame. */
export function unwatchedWorkOf({ held }: WholeRecord): LostWork {
  return { cause: 'unwatched', held, suspects: [], culprit: undefined }
}

function culpritOf(runs: readonly RecordedRun[], reservation: Reservation, end: CulpritEnd): Culprit {
  const run = runs.find((each) => each.reservation.id === reservation.id)
  return { reservation, end, durationMs: run ? sharedNow() - run.startedAt : 0 }
}

/** A runner that was only killed has done nothing wrong, nor has its job. */
function isOfAJob({ signal, killedFor }: Died): boolean {
  if (killedFor) return killedFor.kind === 'memory' || killedFor.kind === 'unresponsive'
  return !foreignSignals.includes(signal)
}

function causeOf({ code, signal, killedFor }: Died): string {
  if (killedFor?.kind === 'memory') return `more than ${killedFor.megabytes} MB of memory`
  if (killedFor?.kind === 'unresponsive') return 'it cut itself off from the process that watches over it'
  if (killedFor?.kind === 'timeout') return `a job that went on after its ${killedFor.seconds} seconds`
  if (killedFor) return killedFor.kind
  return signal ? `signal ${signal}` : `exit code ${code}`
}
