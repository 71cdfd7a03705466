import { sql } from 'kysely'
import { ApplicationError } from '../errors.ts'
import type { Text } from '../i18n/locale.ts'
import type { CentralDatabase } from './open-central.ts'
import type { AddressOnServer, DatabaseAddress } from './open-database.ts'

/** The server of `.env` does not let us work: it is not there, or refuses the user, or has no such database. */
export class UnreachableCentralError extends ApplicationError {
  readonly code = 'CENTRAL_UNREACHABLE'

  constructor(address: AddressOnServer, cause: unknown) {
    super(problemOf(address, cause), { cause })
  }
}

/** Asks the server for an answer, so that who starts something hears what to look at in `.env`. */
export async function checkReachable(central: CentralDatabase, address: DatabaseAddress): Promise<void> {
  if (address.driver === 'sqlite') return
  try {
    await sql`select 1`.execute(central)
  } catch (error) {
    throw new UnreachableCentralError(address, error)
  }
}

const refused: readonly unknown[] = ['ER_ACCESS_DENIED_ERROR', 'ER_DBACCESS_DENIED_ERROR', '28P01', '28000', '42501']
const noDatabase: readonly unknown[] = ['ER_BAD_DB_ERROR', '3D000']

function problemOf({ host, port, user, database }: AddressOnServer, cause: unknown): Text {
  const { code, message } = Object(cause)
  const why = code ?? message
  const server = `${host}:${port}`
  if (noDatabase.includes(code)) {
    return {
      es: `En el servidor ${server} no existe la base de datos «${database}» (${why}). Créela, o corrija DB_DATABASE en .env.`,
      en: `The server ${server} has no database "${database}" (${why}). Create it, or correct DB_DATABASE in .env.`,
    }
  }
  if (refused.includes(code)) {
    return {
      es: `El servidor ${server} no deja entrar al usuario «${user}» (${why}). Revise DB_USERNAME y DB_PASSWORD en .env.`,
      en: `The server ${server} does not let in the user "${user}" (${why}). Look at DB_USERNAME and DB_PASSWORD in .env.`,
    }
  }
  return {
    es: `La base de datos en ${server} no responde (${why}). Revise que el servidor esté en marcha, y DB_HOST y DB_PORT en .env.`,
    en: `The database at ${server} does not answer (${why}). See that the server runs, and look at DB_HOST and DB_PORT in .env.`,
  }
}
