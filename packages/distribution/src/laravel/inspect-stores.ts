import {
  checkNotDone,
  DatabaseUnusableError,
  type Finding,
  type ReadOnlyDatabase,
  readTables,
  type Tables,
} from '@surtidor/queue'
import { type StoreCheck, storeChecks } from './store-checks.ts'

/** Looks for what the original application left behind in the tables of stores and catalogue. Reads counts and ids only. */
export async function inspectStores(database: ReadOnlyDatabase): Promise<readonly Finding[]> {
  const names = [...new Set(storeChecks.flatMap(({ needs }) => Object.keys(needs)))]
  const tables = await readTables(database, names)
  const untilMs = performance.now() + maxSeconds * 1000
  const findings: Finding[] = []
  for (const check of storeChecks.filter((each) => canRun(each, tables))) {
    findings.push(...(performance.now() < untilMs ? await run(check, database) : [unfinished(check)]))
  }
  const absent = names.filter((name) => !tables.has(name))
  return absent.length > 0 ? [...findings, absentTables(absent)] : findings
}

/** For all checks together; each statement has the deadline of its database besides. */
const maxSeconds = 60

function canRun({ needs }: StoreCheck, tables: Tables): boolean {
  return Object.entries(needs).every(([name, columns]) =>
    columns.every((column) => tables.get(name)?.columns.has(column)),
  )
}

async function run(check: StoreCheck, database: ReadOnlyDatabase): Promise<readonly Finding[]> {
  try {
    const [row] = await database.query(check.sql(quoteFor(database)))
    const count = Number(row?.found_count)
    return count > 0 ? [findingOf(check, count, row?.example_id)] : []
  } catch (error) {
    // A server that went away answers the next check no better; one query that took too long says nothing of the others.
    if (error instanceof DatabaseUnusableError && lost.includes(error.problem)) throw error
    return [unfinished(check)]
  }
}

const lost: readonly string[] = ['unreachable', 'connection_lost', 'not_a_database', 'too_many_connections']

function quoteFor({ kind }: ReadOnlyDatabase): (identifier: string) => string {
  return (identifier) => (kind === 'mysql' ? `\`${identifier}\`` : `"${identifier}"`)
}

function findingOf({ code, severity, table, column, advice }: StoreCheck, count: number, exampleId: unknown): Finding {
  const example = exampleId === null || exampleId === undefined ? {} : { exampleId: String(exampleId) }
  return { code, severity, facts: { table, column, count, ...example }, advice }
}

function unfinished({ code, table, column }: StoreCheck): Finding {
  return checkNotDone({ table, column, check: code })
}

function absentTables(tables: readonly string[]): Finding {
  return {
    code: 'TABLES_ABSENT',
    severity: 'info',
    facts: { tables },
    advice: {
      es: 'Lo que se mira en ellas no se miró. Si están en otra base de datos (la de una tienda), mírela también.',
      en: 'What is looked for in them was not. If they are in another database (that of a store), look at that too.',
    },
  }
}
