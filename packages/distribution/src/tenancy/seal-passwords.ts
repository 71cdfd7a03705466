import { sql } from 'kysely'
import type { CentralDatabase } from '../database/open-central.ts'
import { ApplicationError } from '../errors.ts'
import { CredentialSeal } from './credential-seal.ts'

interface StoredPassword {
  readonly id: string
  readonly user: string
  readonly password: string
}

/** How many passwords of `tenants` everybody can read who can read the table. */
export async function countClearPasswords(central: CentralDatabase): Promise<number> {
  return (await readPasswords(central)).filter(({ password }) => !CredentialSeal.isSealed(password)).length
}

/** Seals the passwords that the original application has left in clear; answers how many. Throws `PasswordTooLongError`. */
export function sealPasswords(central: CentralDatabase, seal: CredentialSeal): Promise<number> {
  return replacePasswords(central, (row) =>
    CredentialSeal.isSealed(row.password) ? undefined : seal.seal(row.password, row.user),
  )
}

/** Takes that back: the original reads them in clear. Those of users that were made here stay sealed. */
export function unsealPasswords(central: CentralDatabase, seal: CredentialSeal): Promise<number> {
  return replacePasswords(central, ({ password, user }) =>
    CredentialSeal.isSealed(password) && !madeHere.test(user) ? seal.open(password, user) : undefined,
  )
}

/** As `StoreDatabases.newCredentials` names them. */
const madeHere = /^st_\d+_[0-9a-f]{16}$/

/** All or none: the original has `varchar(255)`, and what is cut opens nothing. */
async function replacePasswords(
  central: CentralDatabase,
  replacement: (row: StoredPassword) => string | undefined,
): Promise<number> {
  return central.transaction().execute(async (trx) => {
    let replaced = 0
    for (const row of await readPasswords(trx)) {
      const password = replacement(row)
      if (password === undefined) continue
      if (password.length > mostLetters) throw new PasswordTooLongError(row.id)
      // Some tables set `updated_at` at every change. What somebody has changed meanwhile is for the next time.
      const { numUpdatedRows } = await trx
        .updateTable('tenants')
        .set({ db_password: password, updated_at: sql<string>`updated_at` })
        .where('id', '=', row.id)
        .where('db_password', '=', row.password)
        .executeTakeFirstOrThrow()
      replaced += Number(numUpdatedRows)
    }
    return replaced
  })
}

const mostLetters = 255

async function readPasswords(central: CentralDatabase): Promise<readonly StoredPassword[]> {
  const rows = await central
    .selectFrom('tenants')
    .select(['id', 'db_user as user', 'db_password as password'])
    .where('db_password', 'is not', null)
    .where('db_password', '!=', '')
    .orderBy('id')
    .execute()
  return rows.map(({ id, user, password }) => ({ id, user: user ?? '', password: password ?? '' }))
}

export class PasswordTooLongError extends ApplicationError {
  readonly code = 'PASSWORD_TOO_LONG'

  constructor(tenantId: string) {
    super({
      es: `La contraseña en tenants.db_password del tenant ${tenantId} es demasiado larga para sellarla: la columna tiene ${mostLetters} letras. No se cambió ninguna. Póngale al usuario una de 140 letras como máximo y repita.`,
      en: `The password in tenants.db_password of tenant ${tenantId} is too long to be sealed: the column holds ${mostLetters} letters. None was changed. Give the user one of at most 140 letters, and repeat.`,
    })
  }
}
