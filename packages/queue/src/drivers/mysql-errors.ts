import { DatabaseDeadlineError, type DatabaseProblem, DatabaseUnusableError } from '../errors.ts'
import { codeOf } from './error-code.ts'
import type { Trouble } from './server-driver.ts'
import { unreachable } from './unreachable.ts'

/** What an error of this number means for the work and its session. */
const troubles: Readonly<Record<string, Trouble>> = {
  // Deadlock, lock wait timeout, record changed since last read, lock not free.
  1213: 'conflict',
  1205: 'conflict',
  1020: 'conflict',
  3572: 'conflict',
  // A key that another one just took.
  1062: 'duplicate',
  // The index that a statement names is gone; a table is not there yet, and when it comes it may have one.
  1176: 'outdated',
  1146: 'outdated',
}

/** The server's own deadline for statements, on MariaDB and on MySQL. The session can be used again. */
const interrupted = new Set(['1969', '3024'])

const problems: Readonly<Record<string, DatabaseProblem>> = {
  1045: 'wrong_credentials',
  1698: 'wrong_credentials',
  1044: 'missing_privileges',
  1142: 'missing_privileges',
  1143: 'missing_privileges',
  1227: 'missing_privileges',
  1251: 'wrong_credentials',
  1130: 'wrong_credentials',
  1049: 'unknown_database',
  1046: 'unknown_database',
  1040: 'too_many_connections',
  1203: 'too_many_connections',
  1226: 'too_many_connections',
  1290: 'read_only',
  1792: 'read_only',
  1836: 'read_only',
  3100: 'read_only',
  1021: 'disk_full',
  1114: 'disk_full',
  1146: 'missing_tables',
  1054: 'not_a_jobs_table',
  1072: 'not_a_jobs_table',
  1364: 'not_a_jobs_table',
  1366: 'unstorable_text',
  3988: 'unstorable_text',
  1264: 'unstorable_value',
  1406: 'unstorable_value',
  1153: 'too_large',
  1301: 'too_large',
  ...unreachable,
}

const troublesOfProblems: Partial<Record<DatabaseProblem, Trouble>> = {
  // No session of the pool can be trusted: the server is another one, or may not be written to.
  read_only: 'useless',
  too_large: 'lost',
  unreachable: 'lost',
  too_many_connections: 'lost',
}

/** The server shuts down, ended the connection, or could not read or write on it. The client knows no name for some. */
const goodbyes = new Set(['1053', '1080', '1152', '1158', '1159', '1160', '1161', '1184', '1927', '3169', '4031'])

/** The client gives its own failures a text and the server's a number; only the latter leave a session usable. */
export function classifyMysqlError(error: unknown): Trouble {
  if (error instanceof DatabaseDeadlineError) return 'lost'
  const problem = problemOf(error)
  const known = troubles[codeOf(error, 'errno') ?? ''] ?? (problem && troublesOfProblems[problem])
  return known ?? (isFatal(error) ? 'lost' : 'refused')
}

export function explainMysqlError(
  error: unknown,
  { label, deadlineSeconds }: { readonly label: string; readonly deadlineSeconds: number },
): unknown {
  if (interrupted.has(codeOf(error, 'errno') ?? '')) return new DatabaseDeadlineError(label, deadlineSeconds)
  const problem = problemOf(error)
  return problem ? new DatabaseUnusableError(label, problem, { cause: error }) : error
}

function problemOf(error: unknown): DatabaseProblem | undefined {
  const known = problems[codeOf(error, 'errno') ?? ''] ?? problems[codeOf(error, 'code') ?? '']
  return known ?? (isLoss(error) ? 'connection_lost' : undefined)
}

function isFatal(error: unknown): boolean {
  return isLoss(error) || (error instanceof Error && 'fatal' in error && error.fatal === true)
}

/** What has no code is the client's own, when it is fatal. */
function isLoss(error: unknown): boolean {
  if (goodbyes.has(codeOf(error, 'errno') ?? '')) return true
  const code = codeOf(error, 'code')
  if (code === undefined) return error instanceof Error && 'fatal' in error && error.fatal === true
  return /^(PROTOCOL_|E[A-Z]+$)/.test(code)
}
