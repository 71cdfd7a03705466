import { ApplicationError } from '../errors.ts'

/** A table of the original application asks for a value that only the original gives. */
export class DemandedColumnError extends ApplicationError {
  readonly code = 'DEMANDED_COLUMN'
  /** As `table.column`. */
  readonly column: string

  constructor(column: string, options?: ErrorOptions) {
    super(
      {
        es: `La columna ${column} exige un valor que Surtidor no da: solo la aplicación Laravel la llena. No se guardó nada. Póngale un valor por defecto («alter table … alter column … set default …») e intente de nuevo.`,
        en: `The column ${column} demands a value that Surtidor does not give: only the Laravel application fills it. Nothing was stored. Give it a default ("alter table … alter column … set default …"), then try again.`,
      },
      options,
    )
    this.column = column
  }
}

/** The error of MariaDB or MySQL with a sentence for a person, where it is about such a column; else itself. */
export function explained<Failure extends Error>(error: Failure, text: string): Failure | DemandedColumnError {
  const { code, sqlMessage } = Object(error)
  if (code !== 'ER_NO_DEFAULT_FOR_FIELD' && code !== 'ER_BAD_NULL_ERROR') return error
  const [, table = '?'] = /^insert (?:ignore )?into ["`]?(\w+)/.exec(text) ?? []
  const [, column = '?'] = /'([^']+)'/.exec(String(sqlMessage)) ?? []
  return new DemandedColumnError(`${table}.${column}`, { cause: error })
}
