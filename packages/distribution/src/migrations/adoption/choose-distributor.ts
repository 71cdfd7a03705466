import { type Kysely, sql } from 'kysely'
import { AdoptionRefusedError } from './adoption-errors.ts'

interface Candidate {
  readonly id: string
  readonly name: string
  /** Users of stores that are its members: the original makes them members of their distributor. */
  readonly members: number
}

/**
 * The tenant whose catalogue a database of the original application holds: the one that is named, else the only one that is no
 * store's, else the one that most users of stores belong to. Undefined when there is none. Throws `AdoptionRefusedError` when
 * it cannot be told.
 */
export async function chooseDistributor<Tables>(db: Kysely<Tables>, named?: string): Promise<string | undefined> {
  const candidates = await readCandidates(db)
  if (named !== undefined) {
    const found = candidates.find(({ id }) => id === named)
    if (!found) throw new AdoptionRefusedError({ cause: 'unknownDistributor', named, candidates })
    return found.id
  }
  const [first, second] = candidates
  if (first && second && first.members === second.members) {
    throw new AdoptionRefusedError({ cause: 'severalDistributors', candidates })
  }
  return first?.id
}

/** Those with most members first. */
async function readCandidates<Tables>(db: Kysely<Tables>): Promise<readonly Candidate[]> {
  const { rows } = await sql<Candidate>`
    select tenant.id, tenant.name, (
      select count(*)
      from user_tenants membership
      join users person on person.id = membership.user_id
      where membership.tenant_id = tenant.id and person.profile_id = 17
    ) as members
    from tenants tenant
    where tenant.company_id is null or tenant.company_id not in (${storeCompanies})
    order by members desc, tenant.id`.execute(db)
  return rows
}

/** The companies that have a user of a store; never null, with which `not in` would find no tenant at all. */
export const storeCompanies = sql`
  select warehouse."companyId"
  from users person
  join vnt_contacts contact on contact.id = person.contact_id
  join vnt_warehouses warehouse on warehouse.id = contact."warehouseId"
  where person.profile_id = 17 and warehouse."companyId" is not null`
