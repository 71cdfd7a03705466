import { type RunState, runStates } from '../../database/central-tables.ts'
import { type OutcomeCounts, sumOfOutcomes } from '../plan/outcomes.ts'

export { type RunState, runStates } from '../../database/central-tables.ts'

/**
 * Every legal move. A run that is paused, failed or was cancelled waits for a new job when somebody resumes it, and goes on
 * at its checkpoint; a failed one also runs again when its job is retried on the queue. A pending run fails when its job is
 * lost before it started. What has ended is paused only to be undone: the run holds its store while its products are
 * removed, and is cancelled then, with counts of 0 and a checkpoint at the beginning. An undo that dies half way leaves it
 * paused: it may be undone again, cancelled, or resumed, which copies everything anew.
 */
const moves: Readonly<Record<RunState, readonly RunState[]>> = {
  pending: ['running', 'paused', 'failed', 'cancelled'],
  running: ['paused', 'completed', 'completed_with_errors', 'failed', 'cancelled'],
  paused: ['pending', 'cancelled'],
  completed: ['paused'],
  completed_with_errors: ['paused'],
  failed: ['pending', 'running', 'paused'],
  cancelled: ['pending', 'paused'],
}

/** A run that is taken over by another worker stays where it is: that is no move. */
export function canMove(from: RunState, to: RunState): boolean {
  return moves[from].includes(to)
}

/** The states from which a run may come to `to`, for the `where` of an update. */
export function statesBefore(to: RunState): readonly RunState[] {
  return runStates.filter((from) => canMove(from, to))
}

/** True while no other copy of the store may begin. */
export function isActiveState(state: RunState): boolean {
  return activeStates.includes(state)
}

export const activeStates: readonly RunState[] = ['pending', 'running', 'paused']

/** True while a job carries the run. */
export function isAtWork(state: RunState): boolean {
  return state === 'pending' || state === 'running'
}

/** What a person may ask of a run. */
export type RunAction = keyof typeof runActions

export const runActions = {
  pause: { from: ['pending', 'running'], to: 'paused' },
  resume: { from: ['paused', 'failed', 'cancelled'], to: 'pending' },
  cancel: { from: ['pending', 'running', 'paused'], to: 'cancelled' },
  undo: { from: ['paused', 'completed', 'completed_with_errors', 'failed', 'cancelled'], to: 'paused' },
} as const satisfies Readonly<Record<string, { readonly from: readonly RunState[]; readonly to: RunState }>>

/** The actions that a run in this state can be asked for. */
export function actionsIn(state: RunState): readonly RunAction[] {
  return actionNames.filter((action) => {
    const { from }: { readonly from: readonly RunState[] } = runActions[action]
    return from.includes(state)
  })
}

const actionNames = ['pause', 'resume', 'cancel', 'undo'] as const

/**
 * How a run ends that has come to its end. `total` are the products that it had to look at: when some have no outcome,
 * something was lost. A catalogue of nothing is copied.
 */
export function endStateOf(counts: OutcomeCounts, total: number = sumOfOutcomes(counts)): EndState {
  const seen = sumOfOutcomes(counts)
  if (counts.errors > 0 && counts.errors === seen) return 'failed'
  return counts.errors > 0 || seen !== total ? 'completed_with_errors' : 'completed'
}

export type EndState = 'completed' | 'completed_with_errors' | 'failed'
