import type { Waiting } from '../../connection.ts'
import type { Dialect, Fragment } from '../../drivers/driver.ts'

/** Ends a condition on jobs, with an `and` before each part: what is waited for beside the queue. */
export function payloadFilter(dialect: Dialect, { containing, except = [] }: Omit<Waiting, 'queues'>): Fragment {
  const parts: Fragment[] = []
  if (containing)
    parts.push(containing.length > 0 ? dialect.payloadContains(containing) : { sql: '1 = 0', parameters: [] })
  if (except.length > 0) {
    const { sql, parameters } = dialect.oneOf(except)
    parts.push({ sql: `not (id ${sql})`, parameters })
  }
  return {
    sql: parts.map(({ sql }) => `and ${sql}`).join(' '),
    parameters: parts.flatMap(({ parameters }) => parameters),
  }
}
