/** For clients that have one call for rows and another one for their count. */
export function returnsRows(sql: string): boolean {
  return /^\s*(select|with)\b|\breturning\b/i.test(sql)
}
