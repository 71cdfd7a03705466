import { ApplicationError } from '../errors.ts'
import type { Text } from '../i18n/locale.ts'

/** A table of the original application asks for a value that only the original gives. */
export class DemandedColumnError extends ApplicationError {
  readonly code = 'DEMANDED_COLUMN'
  /** As `table.column`. */
  readonly column: string

  constructor(column: string, text: (column: string) => Text, options?: ErrorOptions) {
    super(text(column), options)
    this.column = column
  }
}

/** We leave it out. */
function withoutDefault(column: string): Text {
  return {
    es: `La columna ${column} exige un valor que Surtidor no da: la llena solo la aplicación Laravel, o aquí va null. No se guardó nada. Permita null, o póngale un valor por defecto («alter table … alter column … set default …») e intente de nuevo.`,
    en: `The column ${column} demands a value that Surtidor does not give: only the Laravel application fills it, or null goes here. Nothing was stored. Allow null, or give it a default ("alter table … alter column … set default …"), then try again.`,
  }
}

/** We write null, where no default helps. */
function withoutNull(column: string): Text {
  return {
    es: `La columna ${column} no admite null, que Surtidor escribe donde no hay valor. No se guardó nada. Permítalo («alter table … modify … null») e intente de nuevo.`,
    en: `The column ${column} does not take null, which Surtidor writes where there is no value. Nothing was stored. Allow it ("alter table … modify … null"), then try again.`,
  }
}

const demands = new Map([
  ['ER_NO_DEFAULT_FOR_FIELD', withoutDefault],
  ['ER_BAD_NULL_ERROR', withoutNull],
])

/** The error of MariaDB or MySQL with a sentence for a person, where it is about such a column; else itself. */
export function explained<Failure extends Error>(error: Failure, text: string): Failure | DemandedColumnError {
  const { code, sqlMessage } = Object(error)
  const demand = demands.get(code)
  if (!demand) return error
  const [, table = '?'] = /^insert (?:ignore )?into ["`]?(\w+)/.exec(text) ?? []
  const [, column = '?'] = /'([^']+)'/.exec(String(sqlMessage)) ?? []
  return new DemandedColumnError(`${table}.${column}`, demand, { cause: error })
}
