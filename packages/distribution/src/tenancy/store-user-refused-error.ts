import { ApplicationError } from '../errors.ts'

/** The server does not let us make the user of a store. Its error is not kept: its statement holds the password. */
export class StoreUserRefusedError extends ApplicationError {
  readonly code = 'STORE_USER_REFUSED'

  constructor(store: string, refusal: unknown) {
    const { code = 'ERROR' } = Object(refusal)
    super({
      es: `El servidor no permite crear el usuario de la base de datos ${store} (${code}). Dé a DB_USERNAME el permiso de crear usuarios (CREATE USER y GRANT OPTION; en PostgreSQL CREATEROLE), o ponga STORES_USERS=shared en .env.`,
      en: `The server does not allow making the user of the database ${store} (${code}). Let DB_USERNAME create users (CREATE USER and GRANT OPTION; on PostgreSQL CREATEROLE), or set STORES_USERS=shared in .env.`,
    })
  }
}
