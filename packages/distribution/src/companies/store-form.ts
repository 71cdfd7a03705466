import { z } from 'zod'
import type { Text } from '../i18n/locale.ts'
import { type IdentificationType, identificationTypes, parseIdentification } from './identification.ts'

export type StoreField =
  | 'name'
  | 'type'
  | 'identification'
  | 'verificationDigit'
  | 'email'
  | 'phone'
  | 'address'
  | 'city'
  | 'district'
  | 'contactName'

/** What is wrong with one field, to be shown beside it. */
export interface FieldProblem {
  readonly field: StoreField
  readonly text: Text
}

/** A store as it may be registered: trimmed, within every limit, its check digit right. */
export interface StoreForm {
  /** Trade name. */
  readonly name: string
  readonly type: IdentificationType
  readonly identification: string
  /** Of a NIT; null for everything else. */
  readonly verificationDigit: number | null
  /** Lower case. */
  readonly email: string
  readonly phone: string | null
  readonly address: string | null
  readonly city: string | null
  readonly district: string | null
  readonly contactName: string | null
}

export type StoreFormResult =
  | { readonly ok: true; readonly form: StoreForm }
  | { readonly ok: false; readonly problems: readonly FieldProblem[] }

/** Checks all fields at once, so that a person corrects them in one go; at most one problem a field. */
export function parseStoreForm(input: Readonly<Record<string, string | undefined>>): StoreFormResult {
  const fields = fieldsSchema.safeParse(input)
  const typed = typedIdentification.safeParse(input)
  const identification = typed.success ? parseIdentification(typed.data) : undefined
  const problems = [...problemsOf(fields), ...problemsOf(typed)]
  if (identification && !identification.ok) problems.push({ field: identification.field, text: identification.text })
  if (!fields.success || !typed.success || !identification?.ok) return { ok: false, problems: inOrder(problems) }
  const { verificationDigit, identification: number } = identification
  return { ok: true, form: { ...fields.data, type: typed.data.type, identification: number, verificationDigit } }
}

interface Label {
  readonly es: string
  readonly en: string
}

const labels = {
  name: { es: 'El nombre de la tienda', en: 'The name of the store' },
  type: { es: 'El tipo de identificación', en: 'The type of identification' },
  identification: { es: 'La identificación', en: 'The identification' },
  verificationDigit: { es: 'El dígito de verificación', en: 'The check digit' },
  email: { es: 'El correo electrónico', en: 'The e-mail address' },
  phone: { es: 'El teléfono', en: 'The phone number' },
  address: { es: 'La dirección', en: 'The address' },
  city: { es: 'La ciudad', en: 'The city' },
  district: { es: 'El barrio', en: 'The district' },
  contactName: { es: 'El nombre de contacto', en: "The contact's name" },
} as const satisfies Record<StoreField, Label>

interface Limits {
  readonly label: Label
  readonly min: number
  readonly max: number
}

const phonePattern = /^\+?\(?\d{1,4}\)?[-\s.]?\(?\d{1,4}\)?[-\s.]?\d{1,9}$/

const fieldsSchema = z.object({
  name: required({ label: labels.name, min: 3, max: 255 }),
  email: required({ label: labels.email, min: 3, max: 255 }).transform(lowerCase).superRefine(refuseBadEmail),
  phone: optional({ label: labels.phone, min: 7, max: 100 }).superRefine(refuseBadPhone),
  address: optional({ label: labels.address, min: 5, max: 255 }),
  city: optional({ label: labels.city, min: 2, max: 100 }),
  district: optional({ label: labels.district, min: 3, max: 100 }),
  contactName: optional({ label: labels.contactName, min: 2, max: 255 }),
})

const typedIdentification = z.object({
  type: optional({ label: labels.type, min: 1, max: 20 })
    .transform((value) => value?.toUpperCase() ?? 'CC')
    .pipe(knownType()),
  identification: required({ label: labels.identification, min: 5, max: 40 }),
  verificationDigit: optional({ label: labels.verificationDigit, min: 1, max: 40 }).transform((value) => value ?? ''),
})

function required(limits: Limits) {
  return text(limits).superRefine((value, context) => {
    if (value === '') report(context, missing(limits.label))
  })
}

function optional(limits: Limits) {
  return text(limits).transform((value) => (value === '' ? null : value))
}

/** Absent and blank are the same: an empty field. */
function text({ label, min, max }: Limits) {
  return z
    .string()
    .optional()
    .transform((value) => (value ?? '').trim())
    .superRefine((value, context) => {
      if (value === '') return
      const length = [...value].length
      if (isDamaged(value)) report(context, damaged(label))
      else if (length < min || length > max) report(context, wrongLength({ label, min, max }, length))
    })
}

/** Half characters, the mark of a wrong encoding, control characters and those that turn the direction of writing. */
function isDamaged(value: string): boolean {
  return !value.isWellFormed() || /[\p{Cc}\ufffd\u2028\u2029\u202a-\u202e\u2066-\u2069]/u.test(value)
}

function lowerCase(value: string): string {
  return value.toLowerCase()
}

function refuseBadEmail(value: string, context: Context): void {
  // By its syntax alone: asking the mail server would make the seller wait for the network.
  if (value !== '' && !z.email().safeParse(value).success) report(context, badEmail(value))
}

function refuseBadPhone(value: string | null, context: Context): void {
  if (value !== null && !phonePattern.test(value)) report(context, badPhone(value))
}

function knownType() {
  return z.string().transform((value, context): IdentificationType => {
    const known = identificationTypes.find((type) => type === value)
    if (!known) report(context, unknownType(value))
    return known ?? z.NEVER
  })
}

interface Context {
  addIssue(issue: { code: 'custom'; message: string; params: { text: Text } }): void
}

function report(context: Context, text: Text): void {
  context.addIssue({ code: 'custom', message: text.en, params: { text } })
}

function problemsOf(result: { readonly error?: z.ZodError | undefined }): FieldProblem[] {
  return (result.error?.issues ?? []).flatMap((issue) => {
    const field = fieldOrder.find((each) => each === issue.path[0])
    if (!field) return []
    const text: unknown = issue.code === 'custom' ? issue.params?.text : undefined
    return [{ field, text: isText(text) ? text : damaged(labels[field]) }]
  })
}

function isText(value: unknown): value is Text {
  return typeof value === 'object' && value !== null && 'es' in value && 'en' in value
}

const fieldOrder: readonly StoreField[] = [
  'name',
  'type',
  'identification',
  'verificationDigit',
  'email',
  'phone',
  'address',
  'city',
  'district',
  'contactName',
]

function inOrder(problems: readonly FieldProblem[]): readonly FieldProblem[] {
  return fieldOrder.flatMap((field) => problems.find((problem) => problem.field === field) ?? [])
}

function missing(label: Label): Text {
  return {
    es: `Escriba ${startLower(label.es)}: es un dato obligatorio.`,
    en: `Give ${startLower(label.en)}: it is required.`,
  }
}

function startLower(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}

function damaged(label: Label): Text {
  return {
    es: `${label.es} tiene texto dañado (caracteres que no se pueden leer). Escríbalo de nuevo a mano.`,
    en: `${label.en} holds damaged text (characters that cannot be read). Type it again by hand.`,
  }
}

function wrongLength({ label, min, max }: Limits, length: number): Text {
  return {
    es: `${label.es} tiene ${length} caracteres: escriba entre ${min} y ${max}.`,
    en: `${label.en} has ${length} characters: give ${min} to ${max}.`,
  }
}

function badEmail(value: string): Text {
  return {
    es: `«${value}» no es un correo electrónico: escríbalo como nombre@ejemplo.com.`,
    en: `"${value}" is not an e-mail address: write it as name@example.com.`,
  }
}

function badPhone(value: string): Text {
  return {
    es: `«${value}» no es un teléfono: escriba solo dígitos, espacios, guiones o puntos, como 300 123 4567.`,
    en: `"${value}" is not a phone number: give digits, spaces, dashes or dots only, such as 300 123 4567.`,
  }
}

function unknownType(value: string): Text {
  return {
    es: `El tipo de identificación «${value}» no existe: use ${identificationTypes.join(', ')}.`,
    en: `There is no type of identification "${value}": use ${identificationTypes.join(', ')}.`,
  }
}
