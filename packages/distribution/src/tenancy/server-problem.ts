import type { Text } from '../i18n/locale.ts'

/** Why a server did not give what a store's database holds, known by the codes of its errors; else undefined. */
export function serverProblem(error: unknown): Text | undefined {
  const { code } = Object(error)
  const found = problems.find(({ codes }) => codes.includes(code))
  return found && { es: `${found.es} (${code}).`, en: `${found.en} (${code}).` }
}

interface Problem extends Text {
  readonly codes: readonly unknown[]
}

const problems: readonly Problem[] = [
  {
    codes: [
      'ECONNREFUSED',
      'ETIMEDOUT',
      'EHOSTUNREACH',
      'ENOTFOUND',
      'ECONNRESET',
      'PROTOCOL_CONNECTION_LOST',
      '57P03',
    ],
    es: 'El servidor de la base de datos no responde; revise que esté en marcha y que DB_HOST y DB_PORT sean los suyos',
    en: "The database's server does not answer; see that it runs, and that DB_HOST and DB_PORT are its own",
  },
  {
    codes: ['ER_CON_COUNT_ERROR', 'ER_TOO_MANY_USER_CONNECTIONS', 'ER_USER_LIMIT_REACHED', '53300'],
    es: 'El servidor de la base de datos no acepta más conexiones; intente de nuevo, o aumente max_connections',
    en: "The database's server takes no more connections; try again, or raise max_connections",
  },
  {
    codes: [
      'ER_ACCESS_DENIED_ERROR',
      'ER_DBACCESS_DENIED_ERROR',
      'ER_TABLEACCESS_DENIED_ERROR',
      '28P01',
      '28000',
      '42501',
    ],
    es: 'El servidor no deja entrar al usuario de la base de datos de la tienda; revise sus permisos y su contraseña',
    en: "The server does not let in the user of the store's database; look at its grants and its password",
  },
  {
    codes: ['ER_NO_SUCH_TABLE', '42P01'],
    es: 'A la base de datos de la tienda le faltan tablas; repita «copy:start TIENDA», o restáurela de una copia de seguridad',
    en: 'The store\'s database lacks tables; repeat "copy:start STORE", or restore it from a backup',
  },
  {
    codes: ['ER_BAD_FIELD_ERROR', '42703'],
    es: 'A las tablas de la tienda les faltan columnas; ejecute «tenants:migrate»',
    en: 'The store\'s tables lack columns; run "tenants:migrate"',
  },
]
