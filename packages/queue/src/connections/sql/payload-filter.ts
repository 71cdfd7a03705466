import type { Dialect, Fragment } from '../../drivers/driver.ts'

/** Ends a condition on jobs: only those whose payload contains one of the texts; all of them where none are given. */
export function payloadFilter({ payloadContains }: Dialect, containing: readonly string[] | undefined): Fragment {
  if (!containing) return { sql: '', parameters: [] }
  if (containing.length === 0) return { sql: 'and 1 = 0', parameters: [] }
  return { sql: `and (${containing.map(() => payloadContains).join(' or ')})`, parameters: containing }
}
