import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Fault, StatementFaults } from './statement-faults.ts'
import { withMembers } from './with-members.ts'

export type SqliteFault = Fault<unknown>
export type SqliteFaults = StatementFaults<unknown>

/** The open file, whose statements meet the faults. */
export function faultySqlite(database: DatabaseSync, faults: SqliteFaults): DatabaseSync {
  const meet = (sql: string, run: () => unknown) =>
    faults.carryOut({ sql, session: database, run, send: (other) => database.exec(other) })
  return withMembers(database, {
    exec: (sql: string) => meet(sql, () => database.exec(sql)),
    prepare: (sql: string) => {
      const statement = database.prepare(sql)
      return withMembers<StatementSync>(statement, {
        all: (...values: Parameters<StatementSync['all']>) => meet(sql, () => statement.all(...values)),
        run: (...values: Parameters<StatementSync['run']>) => meet(sql, () => statement.run(...values)),
      })
    },
  })
}

/** What SQLite answers when something is wrong. Inside a transaction the file is ours, and cannot be busy. */
export function sqliteFaults(database: Pick<DatabaseSync, 'isTransaction'>): readonly SqliteFault[] {
  const fits = () => !database.isTransaction
  return [
    { name: 'busy', isHealed: true, fits, strike: () => fail(5, 'database is locked') },
    { name: 'busy snapshot', isHealed: true, fits, strike: () => fail(517, 'database is locked') },
    { name: 'read-only', isHealed: false, strike: () => fail(8, 'attempt to write a readonly database') },
    { name: 'disk error before', isHealed: false, strike: () => fail(10, 'disk I/O error') },
    {
      name: 'disk error after',
      isHealed: false,
      strike: ({ run }) => {
        run()
        return fail(10, 'disk I/O error')
      },
    },
    {
      name: 'disk full, rolled back',
      isHealed: false,
      strike: ({ send }) => {
        try {
          send('rollback')
        } catch {
          // None was open.
        }
        return fail(13, 'database or disk is full')
      },
    },
  ]
}

function fail(errcode: number, message: string): never {
  throw Object.assign(new Error(message), { code: 'ERR_SQLITE_ERROR', errcode, errstr: message })
}
