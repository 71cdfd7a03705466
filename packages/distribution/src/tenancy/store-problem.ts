import { DatabaseBusyError, DatabaseUnusableError } from '@surtidor/queue'
import { errorText } from '@surtidor/queue/commands'
import { isDiskFull } from '@surtidor/queue/sqlite'
import { ApplicationError } from '../errors.ts'
import type { Text } from '../i18n/locale.ts'
import { UnreadableCredentialError } from './credential-seal.ts'
import { StoresBusyError } from './open-slots.ts'
import { serverProblem } from './server-problem.ts'

/** Why a store's database could not be read; undefined when the error is about something else. */
export function storeProblem(error: unknown): Text | undefined {
  if (error instanceof DatabaseUnusableError || error instanceof DatabaseBusyError) return errorText(error)
  if (error instanceof ApplicationError && aboutStore.some((each) => error instanceof each)) return error.text
  if (!(error instanceof Error && 'errcode' in error)) return serverProblem(error)
  if (isDiskFull(error)) return fullDisk
  return {
    es: `SQLite no pudo leer la base de datos de la tienda (${error.message}). Restáurela de una copia de seguridad.`,
    en: `SQLite could not read the store's database (${error.message}). Restore it from a backup.`,
  }
}

const fullDisk: Text = {
  es: 'El disco de la base de datos de la tienda está lleno, o se agotó una cuota. Libere espacio y repita la orden.',
  en: "The disk of the store's database is full, or a quota is used up. Free some room, and repeat the command.",
}

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
