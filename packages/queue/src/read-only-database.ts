import type { Row, SqlValue } from './connection.ts'

export type DatabaseKind = 'sqlite' | 'mysql' | 'postgres'

/** A database that somebody looks at: it refuses whatever would change it. SQL is written with `?` for each parameter. */
export interface ReadOnlyDatabase extends AsyncDisposable {
  readonly kind: DatabaseKind
  /** What a person would call it, without secrets. */
  readonly label: string
  query(sql: string, parameters?: readonly SqlValue[]): Promise<readonly Row[]>
}
