import { DatabaseBusyError, DatabaseUnusableError } from '@surtidor/queue'
import { errorText } from '@surtidor/queue/commands'
import { isDiskFull } from '@surtidor/queue/sqlite'
import { ApplicationError } from '../errors.ts'
import type { Text } from '../i18n/locale.ts'
import { UnreadableCredentialError } from './credential-seal.ts'
import { StoresBusyError } from './open-slots.ts'
import { diskFull, isRefusedByServer, lackingTables, readOnly, serverProblem } from './server-problem.ts'

/** Why a store's database could not be read or written; undefined when the error is about something else. */
export function storeProblem(error: unknown): Text | undefined {
  if (isFullDatabase(error)) return fullDisk
  if (error instanceof DatabaseUnusableError || error instanceof DatabaseBusyError) return errorText(error)
  if (error instanceof ApplicationError && aboutStore.some((each) => error instanceof each)) return error.text
  return error instanceof Error && 'errcode' in error ? sqliteProblem(error) : serverProblem(error)
}

/** True when the store's tables did not take a value: another row may be taken. */
export function isRefusedValue(error: unknown): boolean {
  return isRefusedByServer(error) || Object(error).errcode % 256 === brokenRule
}

/** Of SQLite, whose columns take any value that no rule forbids. */
const brokenRule = 19

function isFullDatabase(error: unknown): boolean {
  return error instanceof DatabaseUnusableError ? error.problem === 'disk_full' : isDiskFull(error)
}

/** Codes of SQLite, extended where they differ from what their low byte says. */
const sqliteProblems: Readonly<Record<number, Text>> = {
  5: {
    es: 'La base de datos sigue ocupada por otro proceso; búsquelo e intente de nuevo',
    en: 'Another process keeps the database busy; find it, and try again',
  },
  8: readOnly,
  10: {
    es: 'SQLite no pudo leer o escribir el archivo de la base de datos; revise su disco e intente de nuevo',
    en: "SQLite could not read or write the database's file; look at its disk, and try again",
  },
  11: damaged(),
  14: {
    es: 'SQLite no pudo abrir el archivo de la base de datos; revise que exista y que su carpeta se pueda escribir',
    en: "SQLite could not open the database's file; see that it exists, and that its folder can be written to",
  },
  26: damaged(),
  1032: {
    es: 'El archivo de la base de datos se movió o se borró mientras estaba abierto; devuélvalo a su lugar e intente de nuevo',
    en: "The database's file was moved or deleted while it was open; put it back, and try again",
  },
}

function damaged(): Text {
  return {
    es: 'El archivo de la base de datos está dañado; restáurelo de una copia de seguridad',
    en: "The database's file is damaged; restore it from a backup",
  }
}

/** Its code 1 is for whatever is wrong with a statement; undefined for what is no problem of the database. */
function sqliteProblem({ errcode, message }: Error & { readonly errcode: unknown }): Text | undefined {
  const code = Number(errcode)
  const isLacking = code === 1 && /^no such (table|column)|has no column/.test(message)
  const known = isLacking ? lackingTables : (sqliteProblems[code] ?? sqliteProblems[code % 256])
  return known && { es: `${known.es} (${message}).`, en: `${known.en} (${message}).` }
}

const fullDisk: Text = { es: `${diskFull.es}.`, en: `${diskFull.en}.` }

export class MissingStoreDatabaseError extends ApplicationError {
  readonly code = 'MISSING_STORE_DATABASE'

  constructor(path: string) {
    super({
      es: `Falta la base de datos de la tienda: ${path} no existe. Restáurela de una copia de seguridad, o hágala de nuevo con «copy:start TIENDA».`,
      en: `The store's database is missing: ${path} does not exist. Restore it from a backup, or make it anew with "copy:start STORE".`,
    })
  }
}

export class InvalidDatabaseNameError extends ApplicationError {
  readonly code = 'INVALID_DATABASE_NAME'

  constructor(name: string) {
    super({
      es: `El nombre de base de datos «${name}» no es válido: letras minúsculas, dígitos y «_», máximo 64. Corrija tenants.db_name.`,
      en: `The database name "${name}" is not valid: lower-case letters, digits and "_", at most 64. Correct tenants.db_name.`,
    })
  }
}

const aboutStore = [MissingStoreDatabaseError, InvalidDatabaseNameError, UnreadableCredentialError, StoresBusyError]
