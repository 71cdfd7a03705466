import type { Context } from 'hono'

/** What was sent: the fields of the form, from the page or as JSON. */
export type Submission = Readonly<Record<string, string>>

/** True for a program, which is answered in JSON. */
export function wantsJson(c: Context): boolean {
  return isJson(c.req.header('accept')) || isJson(c.req.header('content-type'))
}

function isJson(header: string | undefined): boolean {
  return header?.toLowerCase().includes('application/json') === true
}

/** Undefined when the body says that it is JSON and is not an object. */
export async function readSubmission(c: Context): Promise<Submission | undefined> {
  const body = await c.req.text()
  return isJson(c.req.header('content-type')) ? readJson(body) : Object.fromEntries(new URLSearchParams(body))
}

function readJson(body: string): Submission | undefined {
  const value = parse(body)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  return Object.fromEntries(Object.entries(value).map(([field, each]) => [field, textOf(each)]))
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

/** Numbers and booleans as the form would write them; null is an empty field. */
function textOf(value: unknown): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}
