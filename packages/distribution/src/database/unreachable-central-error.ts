import { type DatabaseProblem, DatabaseUnusableError } from '@surtidor/queue'
import { ApplicationError } from '../errors.ts'
import type { Text } from '../i18n/locale.ts'
import type { AddressOnServer } from './open-database.ts'

/** The server of `.env` does not let us work: it is not there, or refuses the user, or has no such database. */
export class UnreachableCentralError extends ApplicationError {
  readonly code = 'CENTRAL_UNREACHABLE'

  private constructor(text: Text, cause: unknown) {
    super(text, { cause })
  }

  /** Undefined where no setting helps. */
  static of(address: AddressOnServer, error: unknown): UnreachableCentralError | undefined {
    const text = error instanceof DatabaseUnusableError ? texts[error.problem]?.(address) : undefined
    return text && new UnreachableCentralError(text, error)
  }
}

const texts: Readonly<Partial<Record<DatabaseProblem, (address: AddressOnServer) => Text>>> = {
  unknown_database: ({ host, port, database }) => ({
    es: `En el servidor ${host}:${port} no existe la base de datos «${database}». Créela, o corrija DB_DATABASE en .env.`,
    en: `The server ${host}:${port} has no database "${database}". Create it, or correct DB_DATABASE in .env.`,
  }),
  wrong_credentials: ({ host, port, user }) => ({
    es: `El servidor ${host}:${port} no deja entrar al usuario «${user}». Revise DB_USERNAME y DB_PASSWORD en .env.`,
    en: `The server ${host}:${port} does not let in the user "${user}". Look at DB_USERNAME and DB_PASSWORD in .env.`,
  }),
  unreachable: ({ host, port }) => ({
    es: `Nadie responde en ${host}:${port}. Revise que el servidor de la base de datos esté en marcha, y DB_HOST y DB_PORT en .env.`,
    en: `Nobody answers at ${host}:${port}. See that the database's server runs, and look at DB_HOST and DB_PORT in .env.`,
  }),
}
