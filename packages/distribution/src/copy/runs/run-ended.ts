import type { ExpressionBuilder, Transaction } from 'kysely'
import type { CentralTables } from '../../database/central-tables.ts'
import { addToOutbox } from '../../notifications/outbox.ts'
import type { EndState } from './run-state.ts'

/** How a run may end; a cancelled or failed one may be resumed, and ends again then. */
export type RunEnd = EndState | 'cancelled'

/**
 * The one place that hears of the end of a run, in the central transaction that writes the state: either both are there or
 * neither, and only the update that moved the run comes here. One message for the distributor, one for the store, and one for
 * its phone where somebody has agreed to that, which say of the same end of the same run nothing twice, however often that is
 * resumed. Undoing a run is no end of it.
 */
export async function onRunEnded(trx: Transaction<CentralTables>, runId: number, state: RunEnd): Promise<void> {
  const { companyId, tenantId, email, phone, ...counts } = await readEnded(trx, runId)
  const payload = { runId, companyId, ...counts }
  const message = { kind: `copy_${state}`, dedupeKey: `run:${runId}`, companyId, runId, payload } as const
  await addToOutbox(trx, [
    // Runs do not know who asked for them: whoever works for the distributor hears of it.
    { ...message, channel: 'in_app', recipient: `tenant:${tenantId}` },
    ...(email ? [{ ...message, channel: 'email', recipient: email } as const] : []),
    ...(phone ? [{ ...message, channel: 'webhook', recipient: phone } as const] : []),
  ])
}

/** Of the first contact of the main warehouse; null unless somebody has agreed to messages there. */
function agreedPhone(eb: ExpressionBuilder<CentralTables & { run: CentralTables['copy_runs'] }, 'run'>) {
  return eb
    .selectFrom('vnt_contacts as contact')
    .innerJoin('vnt_warehouses as warehouse', 'warehouse.id', 'contact.warehouseId')
    .select('contact.phone_contact as phone')
    .whereRef('warehouse.companyId', '=', 'run.company_id')
    .where('warehouse.main', '=', 1)
    .where('contact.messages_accepted_at', 'is not', null)
    .where('contact.deleted_at', 'is', null)
    .orderBy('contact.id')
    .limit(1)
}

async function readEnded(trx: Transaction<CentralTables>, runId: number) {
  return trx
    .selectFrom('copy_runs as run')
    .innerJoin('vnt_companies as company', 'company.id', 'run.company_id')
    .select(['run.company_id as companyId', 'run.tenant_id as tenantId', 'company.billingEmail as email'])
    .select((eb) => agreedPhone(eb).as('phone'))
    .select(['run.copied', 'run.updated', 'run.unchanged', 'run.skipped', 'run.errors'])
    .where('run.id', '=', runId)
    .executeTakeFirstOrThrow()
}
