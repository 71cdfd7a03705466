import { DatabaseUnusableError } from '../errors.ts'
import { postgresSchema } from '../migrations/postgres.ts'
import type { Dialect, Executor } from './driver.ts'
import { codeOf } from './error-code.ts'

/** `statement_timestamp()` is stable within a statement, so that an index can answer; `clock_timestamp()` is not. */
export const postgresDialect: Dialect = {
  name: 'postgres',
  nowUnixSeconds: 'floor(extract(epoch from statement_timestamp()))::bigint',
  nowPrecise: 'extract(epoch from statement_timestamp())',
  nowUtc: `date_trunc('second', statement_timestamp() at time zone 'utc')`,
  hoursAgoUtc: `(statement_timestamp() at time zone 'utc') - make_interval(hours => ?::integer)`,
  lockClause: 'for update skip locked',
  rowLock: 'for update',
  claimHint: '',
  idHint: '',
  deleteFromJobs: 'delete from jobs',
  maxAttempts: 32_767,
  updateReturns: true,
  insertReturns: true,
  deleteReturns: true,
  walksDeletedRows: true,
  comparesRows: true,
  oneOf: (ids) => ({ sql: '= any(?::bigint[])', parameters: [`{${ids.join(',')}}`] }),
  // As an array the subselect is answered once; as a set a plan could ask it again for each row, and lock more each time.
  oneOfSelect: (select) => `= any(array(${select}))`,
  payloadContains: (texts) => ({
    sql: 'exists (select 1 from json_array_elements_text(?::json) as known (text) where strpos(payload, known.text) > 0)',
    parameters: [JSON.stringify(texts)],
  }),
  batchOptions: (serialized) => Buffer.from(serialized).toString('base64'),
  countAgain: (table) => `on conflict (job_id) do update set times = ${table}.times + 1`,
  // One statement for any number of rows, and short to read.
  payloadRows: (payloads) => ({
    sql: 'json_array_elements_text(?::json) as pushed (payload)',
    parameters: [JSON.stringify(payloads)],
  }),
  keepSlot: 'on conflict (name, slot) do nothing',
  keyColumn: 'key',
  replaceCached: 'on conflict (key) do update set value = excluded.value, expiration = excluded.expiration',
  keepCached: 'on conflict (key) do nothing',
  native: numbered,
  schema: postgresSchema,
}

/** Asks by doing: a fork or a proxy says little by its version. */
export async function probePostgres(executor: Executor, label: string): Promise<Dialect> {
  try {
    await executor.query('select 1 from (values (1)) as probe (one) for update skip locked')
  } catch (error) {
    // Locking what is no table is refused by servers that know the words; others stop at the words.
    if (codeOf(error, 'code') === '42601') throw new DatabaseUnusableError(label, 'no_skip_locked', { cause: error })
    if (codeOf(error, 'code') !== '0A000') throw error
  }
  return postgresDialect
}

const texts = new Map<string, string>()
const maxTexts = 500

/** `?` → `$1`, `$2` …; none of our texts has a question mark in a literal. */
function numbered(sql: string): string {
  const known = texts.get(sql)
  if (known !== undefined) return known
  let count = 0
  const text = sql.replaceAll('?', () => {
    count += 1
    return `$${count}`
  })
  if (texts.size < maxTexts) texts.set(sql, text)
  return text
}
