import { createHash, randomBytes } from 'node:crypto'
import type { Kysely, Transaction } from 'kysely'
import type { CentralTables } from '../database/central-tables.ts'
import type { CentralDatabase } from '../database/open-central.ts'
import { utcText } from '../database/utc-text.ts'
import { hashPassword } from './password.ts'

/** How long a link may be used. */
const activationHours = 72

/** The right to set a user's password, once. The token is known to whoever gets this, and to no table and no log. */
export interface Activation {
  /** 43 characters that a URL may hold as they are. */
  readonly token: string
  readonly expiresAt: Date
}

/** Makes a link for a user in the caller's transaction. Earlier ones stay of use until one of them is used. */
export async function issueActivation(trx: Transaction<CentralTables>, userId: number, now: Date): Promise<Activation> {
  const token = randomBytes(32).toString('base64url')
  const expiresAt = new Date(now.getTime() + activationHours * 3_600_000)
  await trx
    .insertInto('user_activations')
    .values({ token_hash: hashOf(token), user_id: userId, expires_at: utcText(expiresAt), used_at: null })
    .execute()
  return { token, expiresAt }
}

/** Where the link leads, below the address of the site. */
export function activationPath(token: string): string {
  return `${activationPrefix}${token}`
}

const activationPrefix = '/activar/'

/** The path of a request as a log may hold it. */
export function withoutToken(path: string): string {
  return path.startsWith(activationPrefix) ? `${activationPrefix}…` : path
}

export type FoundActivation =
  | { readonly state: 'usable'; readonly userId: number; readonly name: string; readonly email: string }
  | { readonly state: 'unknown' | 'expired' | 'used' }

/** Looks at a link without using it: programs that preview links in messages open them too. */
export async function findActivation(db: Kysely<CentralTables>, token: string, now: Date): Promise<FoundActivation> {
  const row = await db
    .selectFrom('user_activations as activation')
    .innerJoin('users', 'users.id', 'activation.user_id')
    .where('activation.token_hash', '=', hashOf(token))
    .select(['activation.expires_at', 'activation.used_at', 'users.id', 'users.name', 'users.email'])
    .executeTakeFirst()
  if (!row) return { state: 'unknown' }
  if (row.used_at !== null) return { state: 'used' }
  if (row.expires_at <= utcText(now)) return { state: 'expired' }
  return { state: 'usable', userId: row.id, name: row.name, email: row.email }
}

export interface NewPassword {
  readonly token: string
  readonly password: string
}

/** Sets the password and uses up every link of the user. Of two that come at once, one finds its link used. */
export async function activateUser(
  central: CentralDatabase,
  { token, password }: NewPassword,
  now: Date,
): Promise<FoundActivation> {
  const found = await findActivation(central, token, now)
  if (found.state !== 'usable') return found
  const hash = await hashPassword(password)
  return central.transaction().execute(async (trx) => {
    if (!(await useUp(trx, token, now))) return { state: 'used' }
    await trx
      .updateTable('users')
      .set({ password: hash, updated_at: utcText(now) })
      .where('id', '=', found.userId)
      .execute()
    await trx
      .updateTable('user_activations')
      .set({ used_at: utcText(now) })
      .where('user_id', '=', found.userId)
      .where('used_at', 'is', null)
      .execute()
    return found
  })
}

async function useUp(trx: Transaction<CentralTables>, token: string, now: Date): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable('user_activations')
    .set({ used_at: utcText(now) })
    .where('token_hash', '=', hashOf(token))
    .where('used_at', 'is', null)
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}

/** A token is 256 random bits: a fast hash is enough, because nobody can guess it from there. */
function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}
