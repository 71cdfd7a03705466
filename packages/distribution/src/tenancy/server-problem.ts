import type { Text } from '../i18n/locale.ts'

/** Why a server did not give what a store's database holds, known by the codes of its errors; else undefined. */
export function serverProblem(error: unknown): Text | undefined {
  const { code, sqlMessage, message } = Object(error)
  const found = problemOf(error)
  const detail = found?.isAboutValue ? (sqlMessage ?? message) : code
  return found && { es: `${found.es} (${detail}).`, en: `${found.en} (${detail}).` }
}

/** True when a server did not take a value: it has no room for it, has not its letters, or a rule of the table forbids it. */
export function isRefusedByServer(error: unknown): boolean {
  return problemOf(error)?.isAboutValue === true
}

function problemOf(error: unknown): Problem | undefined {
  const { code, errno } = Object(error)
  return problems.find(({ codes }) => codes.includes(code) || codes.includes(errno))
}

interface Problem extends Text {
  readonly codes: readonly unknown[]
  /** What the server says tells more than its code then, and most servers name the column. */
  readonly isAboutValue?: true
}

export const diskFull: Text = {
  es: 'El disco de la base de datos está lleno, o se agotó una cuota; libere espacio e intente de nuevo',
  en: "The database's disk is full, or a quota is used up; free some room, and try again",
}

export const readOnly: Text = {
  es: 'La base de datos ahora solo se puede leer; permita escribir en ella e intente de nuevo',
  en: 'The database can only be read now; let it be written to, and try again',
}

export const lackingTables: Text = {
  es: 'A la base de datos de la tienda le faltan tablas o columnas; ejecute «tenants:migrate»; si dice que está al día, restáurela de una copia de seguridad',
  en: 'The store\'s database lacks tables or columns; run "tenants:migrate"; if it says that all is up to date, restore it from a backup',
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
  { codes: ['ER_DISK_FULL', 'ER_RECORD_FILE_FULL', '53100'], ...diskFull },
  {
    codes: [
      'ER_OPTION_PREVENTS_STATEMENT',
      'ER_OPEN_AS_READONLY',
      'ER_READ_ONLY_MODE',
      'ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION',
      '25006',
    ],
    ...readOnly,
  },
  {
    codes: ['ER_BAD_DB_ERROR', '3D000', '3F000'],
    es: 'La base de datos de la tienda ya no está en el servidor; restáurela de una copia de seguridad, o hágala de nuevo con «copy:start TIENDA»',
    en: 'The store\'s database is not on the server any more; restore it from a backup, or make it anew with "copy:start STORE"',
  },
  {
    codes: [
      'ER_TRUNCATED_WRONG_VALUE_FOR_FIELD',
      'ER_CANT_AGGREGATE_2COLLATIONS',
      'ER_CANT_AGGREGATE_3COLLATIONS',
      'ER_CANT_AGGREGATE_NCOLLATIONS',
      'ER_IMPOSSIBLE_STRING_CONVERSION',
      'ER_CANNOT_CONVERT_STRING',
      '22P05',
    ],
    isAboutValue: true,
    es: 'Una tabla de la tienda no admite las letras de un texto del catálogo; conviértala con «alter table … convert to character set utf8mb4» e intente de nuevo',
    en: 'A table of the store does not take the letters of a text of the catalogue; convert it with "alter table … convert to character set utf8mb4", and try again',
  },
  {
    codes: ['ER_DATA_TOO_LONG', 'ER_WARN_DATA_OUT_OF_RANGE', 'WARN_DATA_TRUNCATED', '22001', '22003'],
    isAboutValue: true,
    es: 'Una columna de la tienda es más estrecha que un valor del catálogo; ensánchela como la de la distribuidora e intente de nuevo',
    en: "A column of the store is narrower than a value of the catalogue; widen it as the distributor's is, and try again",
  },
  {
    // The number is MariaDB's, which the driver calls by MySQL's name for something else.
    codes: [
      4025,
      'ER_CHECK_CONSTRAINT_VIOLATED',
      'ER_SIGNAL_EXCEPTION',
      'ER_DUP_ENTRY',
      '23514',
      '23502',
      '23505',
      'P0001',
    ],
    isAboutValue: true,
    es: 'Una regla de una tabla de la tienda (check, not null, una clave única o un disparador) no admite un valor; cámbiela e intente de nuevo',
    en: 'A rule of a table of the store (check, not null, a unique key or a trigger) does not take a value; change it, and try again',
  },
  { codes: ['ER_NO_SUCH_TABLE', '42P01', 'ER_BAD_FIELD_ERROR', '42703'], ...lackingTables },
]
