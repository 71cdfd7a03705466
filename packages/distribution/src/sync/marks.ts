import type { CentralDatabase } from '../database/open-central.ts'
import { upsert } from '../database/sql.ts'

/** How things stood when a copy had ended that looked at every product and met no error. */
export interface Mark {
  readonly runId: number
  /** Revisions of what it copied from, by which rules, and of the store after it. */
  readonly catalogue: string
  readonly rules: string
  readonly store: string
}

export async function readMark(central: CentralDatabase, companyId: number): Promise<Mark | undefined> {
  return central
    .selectFrom('sync_marks')
    .select([
      'run_id as runId',
      'catalogue_revision as catalogue',
      'rules_revision as rules',
      'store_revision as store',
    ])
    .where('company_id', '=', companyId)
    .executeTakeFirst()
}

export async function writeMark(central: CentralDatabase, companyId: number, mark: Mark): Promise<void> {
  const row = {
    company_id: companyId,
    run_id: mark.runId,
    catalogue_revision: mark.catalogue,
    rules_revision: mark.rules,
    store_revision: mark.store,
  }
  await central.transaction().execute((trx) =>
    upsert(trx, 'sync_marks', {
      rows: [row],
      key: ['company_id'],
      update: ['run_id', 'catalogue_revision', 'rules_revision', 'store_revision'],
      touch: ['updated_at'],
    }),
  )
}
