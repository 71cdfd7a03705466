import { randomUUID } from 'node:crypto'
import type { Kysely, Transaction } from 'kysely'
import type { CentralTables } from '../database/central-tables.ts'
import { locking } from '../database/sql.ts'
import type { StorePlace } from './store-hosting.ts'

/** How the original application, whose database this was, keeps its stores; null in one that was ours from the beginning. */
export async function findOriginalLayout(db: Kysely<CentralTables>): Promise<StorePlace['layout']> {
  const row = await db
    .selectFrom('tenants')
    .select('original_layout as layout')
    .where('kind', '=', 'distributor')
    .where('original_layout', 'is not', null)
    .limit(1)
    .executeTakeFirst()
  return row?.layout ?? null
}

/**
 * Has those who register or give a tenant at the same time wait for each other, where the original's tables have no unique keys
 * that would tell them of each other. To be asked first in a transaction; what others have written is seen then.
 */
export async function takeTurnBesideOriginal(trx: Transaction<CentralTables>): Promise<void> {
  if ((await findOriginalLayout(trx)) === null) return
  const originals = trx.selectFrom('tenants').select('id').where('kind', '=', 'distributor')
  await originals.where('original_layout', 'is not', null).$call(locking(trx)).execute()
}

interface StoreBesideOriginal {
  readonly companyId: number
  readonly name: string
  readonly email: string | null
  readonly layout: StorePlace['layout']
  readonly dbName: string | null
}

/**
 * The tenant of a store among those of the original application: one that it has written itself, when somebody of the store
 * signed in there, or somebody here at the same moment, or a new one. Answers its id.
 */
export async function ensureBesideOriginal(
  trx: Transaction<CentralTables>,
  { companyId, name, email, layout, dbName }: StoreBesideOriginal,
): Promise<string> {
  await takeTurnBesideOriginal(trx)
  const written = await trx
    .selectFrom('tenants')
    .select('id')
    .where(({ eb, or }) => or([eb('kind', 'is', null), eb('kind', '=', 'store')]))
    .where('company_id', '=', companyId)
    .orderBy('kind', 'desc')
    .orderBy('created_at')
    .orderBy('id')
    .executeTakeFirst()
  if (written) {
    const marks = { kind: 'store', original_layout: layout } as const
    await trx.updateTable('tenants').set(marks).where('id', '=', written.id).execute()
    return written.id
  }
  const id = randomUUID()
  // The original asks of each tenant an address that no other has.
  const address = (await isFree(trx, email)) ? email : `${id}@surtidor.invalid`
  await trx
    .insertInto('tenants')
    .values({
      id,
      kind: 'store',
      name,
      email: address,
      company_id: companyId,
      db_name: dbName,
      original_layout: layout,
    })
    .execute()
  return id
}

async function isFree(trx: Transaction<CentralTables>, email: string | null): Promise<boolean> {
  if (email === null) return false
  const owner = await trx.selectFrom('tenants').select('id').where('email', '=', email).limit(1).executeTakeFirst()
  return owner === undefined
}
