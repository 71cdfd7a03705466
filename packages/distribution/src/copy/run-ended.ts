import type { Transaction } from 'kysely'
import type { CentralTables } from '../database/central-tables.ts'
import { addToOutbox } from '../notifications/outbox.ts'
import type { EndState } from './run-state.ts'

/** How a run may end; a cancelled or failed one may be resumed, and ends again then. */
export type RunEnd = EndState | 'cancelled'

/**
 * The one place that hears of the end of a run, in the central transaction that writes the state: either both are there or
 * neither, and only the update that moved the run comes here. One message for the distributor and one for the store, which
 * says of the same end of the same run nothing twice, however often that is resumed. Undoing a run is no end of it.
 */
export async function onRunEnded(trx: Transaction<CentralTables>, runId: number, state: RunEnd): Promise<void> {
  const { companyId, tenantId, email, ...counts } = await readEnded(trx, runId)
  const payload = { runId, companyId, ...counts }
  const message = { kind: `copy_${state}`, dedupeKey: `run:${runId}`, companyId, runId, payload } as const
  // Runs do not know who asked for them: whoever works for the distributor hears of it.
  await addToOutbox(trx, { ...message, channel: 'in_app', recipient: `tenant:${tenantId}` })
  if (email) await addToOutbox(trx, { ...message, channel: 'email', recipient: email })
}

async function readEnded(trx: Transaction<CentralTables>, runId: number) {
  return trx
    .selectFrom('copy_runs as run')
    .innerJoin('vnt_companies as company', 'company.id', 'run.company_id')
    .select(['run.company_id as companyId', 'run.tenant_id as tenantId', 'company.billingEmail as email'])
    .select(['run.copied', 'run.updated', 'run.unchanged', 'run.skipped', 'run.errors'])
    .where('run.id', '=', runId)
    .executeTakeFirstOrThrow()
}
