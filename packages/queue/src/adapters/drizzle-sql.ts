import { type SQL, sql } from 'drizzle-orm'
import type { SqlValue } from '../connection.ts'
import { splitAtPlaceholders } from './placeholders.ts'

/** A statement of the queue as Drizzle wants it: the dialect writes the placeholders. */
export function drizzleSql(text: string, parameters: readonly SqlValue[]): SQL {
  const { texts, values } = splitAtPlaceholders(text, parameters)
  return sql.join(
    texts.flatMap((part, index) => (index === 0 ? [sql.raw(part)] : [sql.param(values[index - 1]), sql.raw(part)])),
  )
}
