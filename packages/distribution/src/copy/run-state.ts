import { type OutcomeCounts, sumOfOutcomes } from './outcomes.ts'

/** How a copy stands. */
export type RunState = (typeof runStates)[number]

export const runStates = [
  'pending',
  'running',
  'paused',
  'completed',
  'completed_with_errors',
  'failed',
  'cancelled',
] as const

/**
 * Every legal move. A run that has failed or was cancelled goes on at its checkpoint when somebody wants it to; one that
 * has completed stays so, and copying again is another run. A pending run fails when its job is lost before it started.
 */
const moves: Readonly<Record<RunState, readonly RunState[]>> = {
  pending: ['running', 'failed', 'cancelled'],
  running: ['paused', 'completed', 'completed_with_errors', 'failed', 'cancelled'],
  paused: ['running', 'cancelled'],
  completed: [],
  completed_with_errors: [],
  failed: ['running'],
  cancelled: ['running'],
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

/** What a person may ask of a run. */
export type RunAction = keyof typeof runActions

export const runActions = {
  pause: { from: ['running'], to: 'paused' },
  resume: { from: ['paused', 'cancelled'], to: 'running' },
  retry: { from: ['failed'], to: 'running' },
  cancel: { from: ['pending', 'running', 'paused'], to: 'cancelled' },
} as const satisfies Readonly<Record<string, { readonly from: readonly RunState[]; readonly to: RunState }>>

/** The actions that a page offers for a run in this state. */
export function actionsIn(state: RunState): readonly RunAction[] {
  return actionNames.filter((action) => {
    const { from }: { readonly from: readonly RunState[] } = runActions[action]
    return from.includes(state)
  })
}

const actionNames = ['pause', 'resume', 'retry', 'cancel'] as const

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
