import type { Transaction as JobTransaction } from '@surtidor/queue'
import type { Transaction } from 'kysely'
import { type Activation, issueActivation } from '../access/activation.ts'
import { ensureRun, type RunDependencies } from '../copy/runs/runs.ts'
import type { CentralTables } from '../database/central-tables.ts'
import { insertId } from '../database/sql.ts'
import { addToOutbox } from '../notifications/outbox.ts'
import { findOriginalLayout } from '../tenancy/original-tenants.ts'
import { ensureStoreTenant } from '../tenancy/store-tenants.ts'
import { storeProfile } from './find-store-user.ts'

/** A store as far as its user needs it: read or written in the same transaction. */
export interface StoreWithoutUser {
  readonly companyId: number
  readonly distributorId: string
  readonly storeName: string
  /** Of the main warehouse. */
  readonly contactId: number
  readonly contactName: string
  /** Of no other company: the caller has looked (`refuseTakenEmail`), and `users.email` is unique. */
  readonly email: string
  readonly phone: string | null
}

export interface GivenUser {
  readonly userId: number
  readonly runId: number
  /** Null when the user already had a password. */
  readonly activation: Activation | null
}

interface Writing {
  readonly trx: Transaction<CentralTables>
  readonly tx: JobTransaction
}

/**
 * Makes a store of a client: the one place that writes a user of profile 17, whether the user is new or the client
 * had one of another profile, and the one place that starts a store's first copy. User, membership, tenant, run, job,
 * activation and notification are rows of the caller's transaction; the log hears of them after the commit.
 */
export async function giveStoreUser(
  deps: RunDependencies,
  { trx, tx }: Writing,
  store: StoreWithoutUser,
): Promise<GivenUser> {
  const { companyId, distributorId, storeName: name, email } = store
  const { userId, hasPassword } = (await promoteUser(trx, store)) ?? (await insertUser(trx, store))
  await ensureMembership(trx, userId, distributorId)
  const storeTenantId = await ensureStoreTenant({ trx, stores: deps.stores }, { companyId, name, email })
  const { id: runId } = await ensureRun(deps, { trx, tx }, { companyId, distributorId, storeTenantId })
  const activation = hasPassword ? null : await inviteUser(trx, { userId, runId, companyId, email })
  if (activation) await deps.wakeSender?.(tx)
  const facts = { event: 'user_created', companyId, userId, runId }
  tx.afterCommit(() => deps.log?.info(facts, 'Usuario creado exitosamente'))
  return { userId, runId, activation }
}

interface WrittenUser {
  readonly userId: number
  readonly hasPassword: boolean
}

/** The client's user of whatever profile becomes a store's; undefined when it has none. */
async function promoteUser(
  trx: Transaction<CentralTables>,
  { email }: StoreWithoutUser,
): Promise<WrittenUser | undefined> {
  const user = await trx.selectFrom('users').select(['id', 'password']).where('email', '=', email).executeTakeFirst()
  if (!user) return undefined
  await trx.updateTable('users').set({ profile_id: storeProfile }).where('id', '=', user.id).execute()
  return { userId: user.id, hasPassword: Boolean(user.password) }
}

/** Without a password: nobody can sign in with it until the person sets one. */
async function insertUser(trx: Transaction<CentralTables>, store: StoreWithoutUser): Promise<WrittenUser> {
  const id = await insertId(trx, 'users', {
    name: store.contactName,
    email: store.email,
    // The original application's column may not be null, and an empty one opens nothing there either.
    password: (await findOriginalLayout(trx)) === null ? null : '',
    phone: store.phone,
    profile_id: storeProfile,
    contact_id: store.contactId,
  })
  return { userId: id, hasPassword: false }
}

async function ensureMembership(trx: Transaction<CentralTables>, userId: number, tenantId: string): Promise<void> {
  const membership = await trx
    .selectFrom('user_tenants')
    .select('id')
    .where('user_id', '=', userId)
    .where('tenant_id', '=', tenantId)
    .executeTakeFirst()
  if (membership) return
  await trx
    .insertInto('user_tenants')
    .values({ user_id: userId, tenant_id: tenantId, role: null, last_accessed_at: null })
    .execute()
}

interface Invitation {
  readonly userId: number
  readonly runId: number
  readonly companyId: number
  readonly email: string
}

/**
 * A link for the person beside the seller, and a message. The message holds no link, because a token is written nowhere:
 * whoever sends it makes one with `issueActivation`.
 */
async function inviteUser(
  trx: Transaction<CentralTables>,
  { userId, runId, companyId, email }: Invitation,
): Promise<Activation> {
  const message = { channel: 'email', recipient: email, companyId, runId, payload: { userId, companyId } } as const
  await addToOutbox(trx, [{ kind: 'user_activation', dedupeKey: `user:${userId}`, ...message }])
  return issueActivation(trx, userId, new Date())
}
