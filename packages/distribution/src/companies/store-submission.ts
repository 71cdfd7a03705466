import type { Context } from 'hono'
import { type FieldProblem, fieldLabels, isBox, isField, type StoreField } from './store-fields.ts'
import { wrongKind } from './store-form-texts.ts'

/** What was sent: the fields of the form, from the page or as JSON. */
export type Submission = Readonly<Record<string, string>>

/** True for a program, which is answered in JSON. */
export function wantsJson(c: Context): boolean {
  return isJson(c.req.header('accept')) || isJson(c.req.header('content-type'))
}

function isJson(header: string | undefined): boolean {
  return header?.toLowerCase().includes('application/json') === true
}

export interface Submitted {
  readonly values: Submission
  /** Fields that a program sent as what no form could hold. */
  readonly misfits: readonly FieldProblem[]
}

/** Undefined when the body says that it is JSON and is not an object. */
export async function readSubmission(c: Context): Promise<Submitted | undefined> {
  const body = await c.req.text()
  if (isJson(c.req.header('content-type'))) return readJson(body)
  return { values: Object.fromEntries(new URLSearchParams(body)), misfits: [] }
}

function readJson(body: string): Submitted | undefined {
  const sent = parse(body)
  if (typeof sent !== 'object' || sent === null || Array.isArray(sent)) return undefined
  const fields = Object.entries(sent).map(([field, value]) => ({ field, value, text: textOf(field, value) }))
  return {
    values: Object.fromEntries(fields.flatMap(({ field, text }) => (text === undefined ? [] : [[field, text]]))),
    misfits: fields.flatMap(({ field, value, text }) =>
      text === undefined && isField(field) ? misfit(field, value) : [],
    ),
  }
}

function misfit(field: StoreField, value: unknown): FieldProblem {
  return { field, text: wrongKind(fieldLabels[field], value, isBox(field) ? aTruth : aText) }
}

const aText = { es: 'un texto entre comillas', en: 'a text in quotes' }
const aTruth = { es: 'true o false', en: 'true or false' }

function parse(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

/** As the form would write it; null is an empty field. Undefined of what no field of it could hold. */
function textOf(field: string, value: unknown): string | undefined {
  if (value === null) return ''
  if (typeof value === 'string') return value
  const isWritten = typeof value === 'number' || (typeof value === 'boolean' && isBox(field))
  return isWritten ? String(value) : undefined
}
