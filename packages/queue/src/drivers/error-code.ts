/** A code that a database client put on its error, as text. */
export function codeOf(error: unknown, field: 'code' | 'errno'): string | undefined {
  if (!(error instanceof Error)) return undefined
  const value: unknown = Reflect.get(error, field)
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined
}
