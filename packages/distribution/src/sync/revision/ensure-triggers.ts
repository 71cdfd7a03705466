import { type Kysely, sql } from 'kysely'
import { bulkUpsert } from '../../database/bulk-upsert.ts'
import { dialectOf } from '../../database/dialect.ts'
import { compareTriggers, type FoundTrigger, type RevisionTrigger, recordingOf } from './triggers.ts'
import { everyone } from './watched-tables.ts'

/**
 * Makes the triggers that the database lacks, and those again that have somebody else's rights: should that user go, MariaDB and
 * MySQL would refuse every write of the catalogue. Where they may not be made the application works without them.
 */
export async function ensureRevisionTriggers<Tables>(db: Kysely<Tables>): Promise<void> {
  try {
    // MySQL ends a transaction with each trigger.
    if (dialectOf(db) === 'mysql') await makeTriggers(db)
    else await db.transaction().execute((trx) => makeTriggers(trx))
  } catch (error) {
    if (!isRefused(error)) throw error
  }
}

async function makeTriggers<Tables>(db: Kysely<Tables>): Promise<void> {
  const { lock } = recordingOf(db)
  if (lock) await sql`${lock}`.execute(db)
  const missing = await triggersToMake(db)
  if (missing.length === 0) return
  for (const trigger of missing) await makeTrigger(db, trigger)
  await countForEveryone(db)
}

async function triggersToMake<Tables>(db: Kysely<Tables>): Promise<readonly RevisionTrigger[]> {
  const { found, lacking } = await compareTriggers(db)
  const foreign = new Set(found.filter(isForeign).map(({ name }) => name))
  return recordingOf(db).triggers.filter((trigger) => lacking.includes(trigger) || foreign.has(trigger.name))
}

function isForeign({ is_mine: isMine }: FoundTrigger): boolean {
  return Number(isMine) !== 1
}

async function makeTrigger<Tables>(db: Kysely<Tables>, { statements }: RevisionTrigger): Promise<void> {
  try {
    for (const statement of statements) await sql.raw(statement).execute(db)
  } catch (error) {
    // Somebody else who migrates has just made it.
    if (Object(error).code !== 'ER_TRG_ALREADY_EXISTS') throw error
  }
}

/** Nobody has counted what was written while a trigger was missing. */
async function countForEveryone<Tables>(db: Kysely<Tables>): Promise<void> {
  const key = ['tenant_id', 'day', 'connection_id']
  const [table, columns, rows] = ['catalogue_revisions', [...key, 'changes'], [[everyone, 0, 0, 0]]]
  await bulkUpsert(db, { table, columns, rows, key, update: [] })
  await sql`
    update catalogue_revisions
    set changes = changes + 1
    where tenant_id = ${everyone} and day = 0 and connection_id = 0`.execute(db)
}

/** No right to make triggers, or, with a binary log, only for those whom the server trusts. */
const refusals: ReadonlySet<unknown> = new Set([
  'ER_TABLEACCESS_DENIED_ERROR',
  'ER_DBACCESS_DENIED_ERROR',
  'ER_SPECIFIC_ACCESS_DENIED_ERROR',
  'ER_BINLOG_CREATE_ROUTINE_NEED_SUPER',
  '42501',
])

function isRefused(error: unknown): boolean {
  return refusals.has(Object(error).code)
}
