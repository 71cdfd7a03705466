import type { Transaction } from 'kysely'
import type { CentralTables } from '../../database/central-tables.ts'
import type { CentralDatabase } from '../../database/open-central.ts'
import { locking, upsert } from '../../database/sql.ts'
import { recordingOf } from './triggers.ts'
import { everyone } from './watched-tables.ts'

/** So few rows are read in no time. */
const fewRows = 100
const rowsAtOnce = 1_000

/**
 * Adds up the counts of days that have passed, of a distributor and of everybody, where there are many: an application that
 * opens a connection for each request leaves a row for each that wrote. Their sum stays. No trigger writes a day that has
 * passed, so nobody waits for this, and under no isolation does it meet a transaction that counts.
 */
export async function foldRevisions(central: CentralDatabase, distributorId: string): Promise<void> {
  for (const tenantId of [everyone, distributorId]) {
    if ((await passedDays(central, tenantId).limit(fewRows).execute()).length < fewRows) continue
    await central.transaction().execute((trx) => fold(trx, tenantId))
  }
}

async function fold(trx: Transaction<CentralTables>, tenantId: string): Promise<void> {
  const folded = { tenant_id: tenantId, day: 0, connection_id: 0 }
  await upsert(trx, 'catalogue_revisions', { rows: [{ ...folded, changes: 0 }], key: [...rowKey], update: [] })
  // Whoever folds at the same time waits here.
  await rowsOf(trx, tenantId).select('changes').where('day', '=', 0).$call(locking(trx)).execute()
  const rows = await passedDays(trx, tenantId).limit(rowsAtOnce).$call(locking(trx)).execute()
  for (const [day, ofDay] of Map.groupBy(rows, (row) => row.day)) await deleteRows(trx, { tenantId, day }, ofDay)
  const sum = rows.reduce((total, { changes }) => total + Number(changes), 0)
  await trx
    .updateTable('catalogue_revisions')
    .set(({ eb }) => ({ changes: eb('changes', '+', sum) }))
    .where('tenant_id', '=', tenantId)
    .where('day', '=', 0)
    .where('connection_id', '=', 0)
    .execute()
}

async function deleteRows(
  trx: Transaction<CentralTables>,
  { tenantId, day }: { readonly tenantId: string; readonly day: number },
  rows: readonly { readonly connection_id: number }[],
): Promise<void> {
  const connections = rows.map((row) => row.connection_id)
  await trx
    .deleteFrom('catalogue_revisions')
    .where('tenant_id', '=', tenantId)
    .where('day', '=', day)
    .where('connection_id', 'in', connections)
    .execute()
}

const rowKey = ['tenant_id', 'day', 'connection_id'] as const

function rowsOf(db: CentralDatabase, tenantId: string) {
  return db.selectFrom('catalogue_revisions').where('tenant_id', '=', tenantId)
}

/** A statement that began yesterday may count still. */
function passedDays(db: CentralDatabase, tenantId: string) {
  const { today } = recordingOf(db)
  return rowsOf(db, tenantId)
    .select(['day', 'connection_id', 'changes'])
    .where('day', '>', 0)
    .where('day', '<', (eb) => eb(today, '-', 1))
    .orderBy('day')
}
