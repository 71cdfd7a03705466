import { DatabaseDeadlineError, type DatabaseProblem, DatabaseUnusableError } from '../errors.ts'
import { codeOf } from './error-code.ts'
import type { Trouble } from './server-driver.ts'
import { unreachable } from './unreachable.ts'

/** Serialization failure, deadlock, lock not available. */
const conflicts = new Set(['40001', '40P01', '55P03'])

/** A key that another one just took. */
const duplicate = '23505'

/** A pooler between us and the server gave the session another backend, which does not know our prepared statement. */
export const preparedElsewhere: ReadonlySet<string> = new Set(['26000', '42P05'])

const problems: Readonly<Record<string, DatabaseProblem>> = {
  '28P01': 'wrong_credentials',
  '28000': 'wrong_credentials',
  '42501': 'missing_privileges',
  '3D000': 'unknown_database',
  '53100': 'disk_full',
  '53300': 'too_many_connections',
  '25006': 'read_only',
  '42P01': 'missing_tables',
  '42703': 'not_a_jobs_table',
  '22P05': 'unstorable_text',
  '22021': 'unstorable_text',
  '22001': 'unstorable_value',
  '22003': 'unstorable_value',
  ...unreachable,
}

/** The server's own deadline for statements. The session can be used again. */
const canceled = '57014'

export function classifyPostgresError(error: unknown): Trouble {
  if (error instanceof DatabaseDeadlineError) return 'lost'
  const code = codeOf(error, 'code') ?? ''
  if (code === canceled) return 'refused'
  if (conflicts.has(code) || preparedElsewhere.has(code)) return 'conflict'
  if (code === duplicate) return 'duplicate'
  if (problems[code] === 'read_only') return 'useless'
  return isRefusal(code, error) ? 'refused' : 'lost'
}

export function explainPostgresError(
  error: unknown,
  { label, deadlineSeconds }: { readonly label: string; readonly deadlineSeconds: number },
): unknown {
  if (codeOf(error, 'code') === canceled) return new DatabaseDeadlineError(label, deadlineSeconds)
  const problem = problemOf(error)
  return problem ? new DatabaseUnusableError(label, problem, { cause: error }) : error
}

function problemOf(error: unknown): DatabaseProblem | undefined {
  const code = codeOf(error, 'code') ?? ''
  if (problems[code]) return problems[code]
  if (code === '' && isConnectTimeout(error)) return 'unreachable'
  if (code === '' && lacksPassword(error)) return 'wrong_credentials'
  const isLost = /^(08|57P0|E[A-Z]+$)/.test(code) || (code === '' && isClientFailure(error))
  return isLost ? 'connection_lost' : undefined
}

/**
 * Five characters come from the server; classes 08, 53, 57 and 58 end the session, but for a full disk. What is no error of
 * a client is ours.
 */
function isRefusal(code: string, error: unknown): boolean {
  if (/^E[A-Z]+$/.test(code)) return false
  if (problems[code] === 'disk_full') return true
  if (/^[0-9A-Z]{5}$/.test(code)) return !/^(08|53|57|58)/.test(code)
  return code === '' && !isClientFailure(error)
}

/** `pg` gives these no code. */
function isConnectTimeout(error: unknown): boolean {
  return error instanceof Error && /^timeout (exceeded|expired)|due to connection timeout$/.test(error.message)
}

/** Nor to this: the server asks for a password, and there is none. */
function lacksPassword(error: unknown): boolean {
  return error instanceof Error && /client password must be a (non-empty )?string/.test(error.message)
}

/** Nor these. */
function isClientFailure(error: unknown): boolean {
  return (
    error instanceof Error && /^(Connection terminated|Client (was closed|has encountered)|timeout)/.test(error.message)
  )
}
