import type { Dialect } from '../../../src/drivers/driver.ts'

/**
 * The verbs take other statements on other databases: what decides that are flags of the dialect, and SQLite runs all of
 * these forms. What is not simulated is how the statements of two transactions mix inside a server.
 */
export interface SqlForm {
  readonly name: string
  readonly differences: Partial<Dialect>
}

export const sqlForms: readonly SqlForm[] = [
  { name: 'statements as on SQLite and PostgreSQL', differences: {} },
  {
    name: 'statements as on MariaDB and MySQL',
    differences: { updateReturns: false, deleteReturns: false, walksDeletedRows: true },
  },
]

/** Expressions for a clock that is a row of the database, where the simulation sets it. */
export const simulatedNow: Partial<Dialect> = {
  nowUnixSeconds: '(select seconds from simulated_clock)',
  nowPrecise: '(select precise from simulated_clock)',
  nowUtc: `(select strftime('%Y-%m-%d %H:%M:%S', seconds, 'unixepoch') from simulated_clock)`,
  hoursAgoUtc: `(select strftime('%Y-%m-%d %H:%M:%S', seconds, 'unixepoch', '-' || ? || ' hours') from simulated_clock)`,
}
