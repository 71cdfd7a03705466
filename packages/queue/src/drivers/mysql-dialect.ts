import { DatabaseUnusableError } from '../errors.ts'
import { findReadyIndex, mysqlSchema } from '../migrations/mysql.ts'
import type { Dialect, Executor } from './driver.ts'
import { codeOf } from './error-code.ts'

/** What MariaDB and MySQL have in common; `probeMysql` adds what a server must be asked. */
const common = {
  name: 'mysql',
  nowUnixSeconds: 'unix_timestamp()',
  nowPrecise: 'unix_timestamp(now(6))',
  nowUtc: 'utc_timestamp()',
  hoursAgoUtc: 'utc_timestamp() - interval ? hour',
  lockClause: 'for update skip locked',
  rowLock: 'for update',
  updateReturns: false,
  // A scan of the whole table would wait for every row that another worker has locked.
  idHint: 'force index (primary)',
  deleteFromJobs: 'delete jobs from jobs force index (primary)',
  // MariaDB can, but not together with a hint.
  deleteReturns: false,
  insertReturns: false,
  walksDeletedRows: true,
  comparesRows: false,
  oneOf: (ids) => {
    const parameters = padded(ids)
    return { sql: `in (${parameters.map(() => '?').join(', ')})`, parameters }
  },
  oneOfSelect: (select) => `in (select id from (${select}) as found)`,
  // As bytes: the collation takes letters for equal that are not.
  payloadContains: (texts) => ({
    sql: `(${texts.map(() => 'locate(cast(? as binary), payload) > 0').join(' or ')})`,
    parameters: texts,
  }),
  batchOptions: (serialized) => serialized,
  countAgain: () => 'on duplicate key update times = times + 1',
  keepSlot: 'on duplicate key update expires_at = expires_at',
  keyColumn: '`key`',
  replaceCached: 'on duplicate key update value = values(value), expiration = values(expiration)',
  keepCached: 'on duplicate key update expiration = expiration',
  native: (sql) => sql,
  schema: mysqlSchema,
} satisfies Omit<Dialect, 'claimHint' | 'maxAttempts'>

/**
 * The last id again, up to the next power of two: a text for each length there is would leave no room for other texts
 * that are worth preparing. A list that is longer than any claim is not padded, as a statement takes 65,535 values.
 */
function padded(ids: readonly string[]): readonly string[] {
  const last = ids.at(-1)
  if (last === undefined || ids.length > longestPadded) return ids
  const length = 2 ** Math.ceil(Math.log2(ids.length))
  return [...ids, ...Array.from({ length: length - ids.length }, () => last)]
}

const longestPadded = 1_024

/** Asks by doing: a version's text says little about what a fork, a proxy or a managed service can do. */
export async function probeMysql(executor: Executor, label: string): Promise<Dialect> {
  await checkSkipLocked(executor, label)
  return {
    ...common,
    claimHint: await claimHint(executor),
    maxAttempts: await maxAttempts(executor),
  }
}

async function checkSkipLocked(executor: Executor, label: string): Promise<void> {
  // A derived table of one row: the queue's own tables may not be there yet.
  if (await canRun(executor, 'select one from (select 1 as one) as probe for update skip locked')) return
  throw new DatabaseUnusableError(label, 'no_skip_locked')
}

/**
 * The planner sometimes prefers the index on `queue` alone and sorts: it then locks every row of the queue.
 */
async function claimHint(executor: Executor): Promise<string> {
  const { rows } = await executor.query(findReadyIndex)
  const name = rows[0]?.name
  return name === undefined ? '' : `force index (\`${String(name).replaceAll('`', '``')}\`)`
}

/** An older Laravel makes the column a tinyint; a newer one a smallint, of which half is counted on, signed or not. */
async function maxAttempts(executor: Executor): Promise<number> {
  const { rows } = await executor.query(
    `select column_type as type
     from information_schema.columns
     where table_schema = database() and table_name = 'jobs' and column_name = 'attempts'`,
  )
  const type = String(rows[0]?.type ?? 'tinyint unsigned')
  if (!type.startsWith('tinyint')) return 32_767
  return type.includes('unsigned') ? 255 : 127
}

/** Only a syntax error says that the server does not know the words; a missing table does not. */
async function canRun(executor: Executor, sql: string): Promise<boolean> {
  try {
    await executor.query(sql)
    return true
  } catch (error) {
    const number = codeOf(error, 'errno')
    if (number === '1064') return false
    if (number === '1146') return true
    throw error
  }
}
