import { ApplicationError } from '../../errors.ts'
import type { Text } from '../../i18n/locale.ts'

/** A database of the original application that nobody has taken over yet; nothing was touched. */
export class OriginalDatabaseError extends ApplicationError {
  readonly code = 'ORIGINAL_DATABASE'

  constructor() {
    super({
      es: 'La base de datos es la de la aplicación Laravel y Surtidor todavía no la ha tomado. No se tocó nada. Haga una copia de seguridad, mírela con ./surtidor laravel:inspect y tómela con ./surtidor migrate, que añade columnas y tablas y no cambia ninguna fila.',
      en: 'The database is that of the Laravel application, and Surtidor has not taken it over yet. Nothing was touched. Make a backup, look at it with ./surtidor laravel:inspect and take it over with ./surtidor migrate, which adds columns and tables and changes no row.',
    })
  }
}

interface Tenant {
  readonly id: string
  readonly name: string
}

type Refusal =
  | { readonly cause: 'rights'; readonly error: unknown }
  | { readonly cause: 'engine'; readonly tables: readonly string[] }
  | { readonly cause: 'severalDistributors'; readonly candidates: readonly Tenant[] }
  | { readonly cause: 'unknownDistributor'; readonly named: string; readonly candidates: readonly Tenant[] }

/** A database of the original application cannot be taken over as it is; no row of it was touched. */
export class AdoptionRefusedError extends ApplicationError {
  readonly code = 'ADOPTION_REFUSED'

  constructor(refusal: Refusal) {
    super(textOf(refusal), refusal.cause === 'rights' ? { cause: refusal.error } : {})
  }
}

function textOf(refusal: Refusal): Text {
  if (refusal.cause === 'rights') return rightsText
  if (refusal.cause === 'engine') return engineText(refusal.tables)
  const names = refusal.candidates.map(({ id, name }) => `${id} (${name})`).join(', ')
  if (refusal.cause === 'severalDistributors') {
    return {
      es: `Varios tenants pueden ser la distribuidora cuyo catálogo es este: ${names}. No se tocó nada. Repita con ./surtidor migrate --distributor=ID.`,
      en: `Several tenants may be the distributor whose catalogue this is: ${names}. Nothing was touched. Repeat with ./surtidor migrate --distributor=ID.`,
    }
  }
  const named = JSON.stringify(refusal.named.slice(0, 64))
  return {
    es: `El tenant ${named} no existe, o es de una tienda. No se tocó nada. Dé en --distributor uno de estos: ${names}.`,
    en: `There is no tenant ${named}, or it is a store's. Nothing was touched. Give one of these in --distributor: ${names}.`,
  }
}

const rightsText: Text = {
  es: 'El usuario de DB_USERNAME no puede crear o cambiar tablas en la base de datos de la aplicación Laravel. Ninguna fila suya cambió. Dele los permisos («grant create, alter, index, drop, trigger on … to …») y repita la orden, que sigue donde iba.',
  en: 'The user of DB_USERNAME may not make or change tables in the Laravel application\'s database. No row of it changed. Grant it the rights ("grant create, alter, index, drop, trigger on … to …") and repeat the command, which goes on from there.',
}

const refused: readonly unknown[] = ['ER_TABLEACCESS_DENIED_ERROR', 'ER_DBACCESS_DENIED_ERROR']

/** Has a right that is missing told in words. */
export async function withRights<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (!refused.includes(Object(error).code)) throw error
    throw new AdoptionRefusedError({ cause: 'rights', error })
  }
}

function engineText(tables: readonly string[]): Text {
  const names = tables.join(', ')
  return {
    es: `Las tablas ${names} no son de InnoDB, así que no tienen transacciones. No se tocó nada. Conviértalas con «alter table … engine = InnoDB» y repita ./surtidor migrate.`,
    en: `The tables ${names} are not of InnoDB, so they have no transactions. Nothing was touched. Convert them with "alter table … engine = InnoDB" and repeat ./surtidor migrate.`,
  }
}
