import { hash } from 'node:crypto'
import { sql } from 'kysely'
import type { CentralDatabase } from '../database/open-central.ts'
import { compareTriggers, recordingOf } from './revision/triggers.ts'
import { everyone } from './revision/watched-tables.ts'

/**
 * What a distributor's catalogue is at this moment: 32 hexadecimal digits that each commit which writes anything a copy reads
 * gives others, whoever made it. Undefined where that is not recorded: then nothing is known of what has changed.
 */
export async function readCatalogueRevision(
  central: CentralDatabase,
  distributorId: string,
  triggers = compareTriggers(central),
): Promise<string | undefined> {
  // Side by side: a trigger that went and came back meanwhile is another one (`made`), and the copy reads after both.
  const [{ found, lacking }, changes] = await Promise.all([triggers, readChanges(central, distributorId)])
  if (lacking.length > 0) return undefined
  const state = [found.map(({ name, made }) => [name, made]), changes]
  return hash('sha256', JSON.stringify(state), 'hex').slice(0, 32)
}

/** True where triggers count what is written into catalogues. */
export async function isRevisionRecorded(central: CentralDatabase): Promise<boolean> {
  return (await compareTriggers(central)).lacking.length === 0
}

async function readChanges(central: CentralDatabase, distributorId: string): Promise<readonly [number, string]> {
  const { rows } = await sql<{ readonly changes: number; readonly beside: string }>`
    select coalesce(sum(changes), 0) as changes, ${recordingOf(central).beside} as beside
    from catalogue_revisions
    where tenant_id in (${everyone}, ${distributorId})`.execute(central)
  return [Number(rows[0]?.changes), String(rows[0]?.beside)]
}
