import type { SqlValue } from '../connection.ts'

export interface SplitStatement {
  /** One more than there are values: a value stands between two texts. */
  readonly texts: readonly string[]
  readonly values: readonly SqlValue[]
}

/** Takes a statement apart at `?` or `$1`, for clients that write their own placeholders. */
export function splitAtPlaceholders(sql: string, parameters: readonly SqlValue[]): SplitStatement {
  const values = [...sql.matchAll(placeholder)].map(([mark], index) => {
    const value = parameters[mark === '?' ? index : Number(mark.slice(1)) - 1]
    return value === undefined ? null : value
  })
  return { texts: sql.split(placeholder), values }
}

/** None of the queue's texts has one of them in a literal. */
const placeholder = /\?|\$\d+/g
