import { InvalidRuleError } from '../catalog/rule-fields.ts'
import type { CentralDatabase } from '../database/open-central.ts'
import { now, readClock } from '../database/sql.ts'
import { dateOf } from '../database/utc-text.ts'
import type { BatchDependencies } from './continue-batches.ts'
import { readPublicationRevision } from './preview.ts'
import { BatchActiveError, NothingToPublishError, publish } from './publish.ts'

/** So long must a catalogue have stayed as it is: who changes 300 prices makes one publication. */
export const quietSeconds = 300

/**
 * Publishes the catalogues of those distributors that have asked for it, once each has come to rest in a state that was not
 * published before; answers how many. It knows of rest by looking again, so it is for every minute. A catalogue of which changes
 * are not recorded never comes to rest.
 */
export async function publishWhatRests(deps: BatchDependencies): Promise<number> {
  let published = 0
  for (const look of await readLooks(deps.central)) if (await publishIfResting(deps, look)) published += 1
  return published
}

/** The last one at a distributor's catalogue. */
interface Look {
  readonly distributorId: string
  readonly revision: string | null
  readonly since: string | null
}

function readLooks(central: CentralDatabase): Promise<readonly Look[]> {
  return central
    .selectFrom('sync_settings')
    .select(['tenant_id as distributorId', 'seen_revision as revision', 'seen_at as since'])
    .where('is_automatic', '=', 1)
    .orderBy('tenant_id')
    .execute()
}

async function publishIfResting(deps: BatchDependencies, look: Look): Promise<boolean> {
  const { central } = deps
  const { distributorId } = look
  const revision = await revisionOrNone(central, distributorId)
  if (revision === undefined || revision === (await publishedRevision(central, distributorId))) return false
  if (revision !== look.revision) {
    await notice(central, distributorId, revision)
    return false
  }
  if ((await secondsSince(central, look.since)) < quietSeconds) return false
  return publishNow(deps, { distributorId, revision })
}

/** Undefined where none is recorded, and for rules that cannot be understood: who publishes by hand is told. */
async function revisionOrNone(central: CentralDatabase, distributorId: string): Promise<string | undefined> {
  return readPublicationRevision(central, distributorId).catch((error: unknown) => {
    if (error instanceof InvalidRuleError) return undefined
    throw error
  })
}

async function publishedRevision(central: CentralDatabase, distributorId: string): Promise<string | undefined> {
  const row = await central
    .selectFrom('sync_batches')
    .select('revision')
    .where('tenant_id', '=', distributorId)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.revision
}

async function notice(central: CentralDatabase, distributorId: string, revision: string): Promise<void> {
  await central
    .updateTable('sync_settings')
    .set({ seen_revision: revision, seen_at: now })
    .where('tenant_id', '=', distributorId)
    .execute()
}

async function secondsSince(central: CentralDatabase, moment: string | null): Promise<number> {
  if (moment === null) return 0
  return (dateOf(await readClock(central)).getTime() - dateOf(moment).getTime()) / 1000
}

/** What is still under way, or has nobody to go to, is looked at again. */
async function publishNow(
  deps: BatchDependencies,
  publication: { readonly distributorId: string; readonly revision: string },
): Promise<boolean> {
  try {
    await publish(deps, publication)
    return true
  } catch (error) {
    if (error instanceof BatchActiveError || error instanceof NothingToPublishError) return false
    throw error
  }
}
