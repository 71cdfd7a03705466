import type { Transaction } from 'kysely'
import type { CentralTables } from '../database/central-tables.ts'
import type { EndState } from './run-state.ts'

/** How a run may end; a cancelled or failed one may be resumed, and ends again then. */
export type RunEnd = EndState | 'cancelled'

/**
 * The one place that hears of the end of a run, in the central transaction that writes the state: either both are there or
 * neither. Each end is told once, because only the update that moved the run calls this. Undoing a run is no end of it.
 */
export async function onRunEnded(_trx: Transaction<CentralTables>, _runId: number, _state: RunEnd): Promise<void> {}
