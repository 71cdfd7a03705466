import { stateLabels } from '../copy/runs/run-texts.ts'
import type { BatchState } from '../database/sync-tables.ts'
import type { StateLabel } from '../pages/badge.ts'

/** A state in a word or two, with a mark so that it never depends on colour alone. */
export const batchLabels: Readonly<Record<BatchState, StateLabel>> = {
  running: { mark: '◐', text: { es: 'En marcha', en: 'Under way' } },
  paused: stateLabels.paused,
  completed: stateLabels.completed,
  completed_with_errors: stateLabels.completed_with_errors,
  cancelled: stateLabels.cancelled,
}

/** Of a store in a batch: its run's, or that it has none yet. */
export function stateLabel(state: string): StateLabel {
  return isRunState(state) ? stateLabels[state] : (withoutRun[state] ?? { mark: '', text: { es: state, en: state } })
}

function isRunState(state: string): state is keyof typeof stateLabels {
  return state in stateLabels
}

const withoutRun: Readonly<Partial<Record<string, StateLabel>>> = {
  waiting: { mark: '○', text: { es: 'Espera su turno', en: 'Waits for its turn' } },
}
