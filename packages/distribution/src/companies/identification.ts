import type { Text } from '../i18n/locale.ts'

/** In the order of their ids in `cnf_type_identifications`. */
export const identificationTypes = ['CC', 'NIT', 'CE', 'PA', 'TI', 'RC'] as const
export type IdentificationType = (typeof identificationTypes)[number]

export type IdentificationResult =
  | { readonly ok: true; readonly identification: string; readonly verificationDigit: number | null }
  | { readonly ok: false; readonly field: 'identification' | 'verificationDigit'; readonly text: Text }

export interface TypedIdentification {
  readonly type: IdentificationType
  /** As a person types it: dots and spaces between the digits are allowed, a NIT may end in `-8`. */
  readonly identification: string
  /** Empty when it was not typed. */
  readonly verificationDigit: string
}

/** The row of `cnf_type_identifications`. */
export function identificationTypeId(type: IdentificationType): number {
  return identificationTypes.indexOf(type) + 1
}

export function findIdentificationType(id: number): IdentificationType {
  return identificationTypes[id - 1] ?? 'CC'
}

/**
 * The check digit of a NIT: modulus 11 with the weights of the tax office, from right to left. Takes 1 to 15 digits.
 */
export function nitCheckDigit(nit: string): number {
  if (!/^\d{1,15}$/.test(nit))
    throw new RangeError(`A NIT has 1 to 15 digits, not ${JSON.stringify(nit.slice(0, 32))}.`)
  const digits = [...nit].reverse().map(Number)
  const sum = digits.reduce((total, digit, index) => total + digit * (weights[index] ?? 0), 0)
  const rest = sum % 11
  return rest > 1 ? 11 - rest : rest
}

const weights = [3, 7, 13, 17, 19, 23, 29, 37, 41, 43, 47, 53, 59, 67, 71] as const

/** Checks an identification by the rules of its type and brings it to the form in which it is stored. */
export function parseIdentification(typed: TypedIdentification): IdentificationResult {
  return typed.type === 'NIT' ? parseNit(typed) : parsePersonal(typed)
}

function parseNit({ identification, verificationDigit }: TypedIdentification): IdentificationResult {
  const match = /^(\d{5,15})(?:-(\d))?$/.exec(withoutSeparators(identification))
  if (!match?.[1]) return refuse('identification', notANit(identification))
  if (!/^\d?$/.test(verificationDigit)) return refuse('verificationDigit', notADigit(verificationDigit))
  const expected = nitCheckDigit(match[1])
  for (const [field, typed] of [
    ['identification', match[2]],
    ['verificationDigit', verificationDigit],
  ] as const) {
    if (typed && Number(typed) !== expected) return refuse(field, wrongDigit(match[1], { expected, typed }))
  }
  return { ok: true, identification: match[1], verificationDigit: expected }
}

function parsePersonal({ type, identification, verificationDigit }: TypedIdentification): IdentificationResult {
  const compact = withoutSeparators(identification).toUpperCase()
  const pattern = type === 'PA' ? /^[A-Z0-9]{5,15}$/ : /^\d{5,15}$/
  if (!pattern.test(compact)) return refuse('identification', notPersonal(type, identification))
  if (verificationDigit !== '') return refuse('verificationDigit', noDigitFor(type, verificationDigit))
  return { ok: true, identification: compact, verificationDigit: null }
}

function withoutSeparators(identification: string): string {
  return identification.replaceAll(/[. ]/g, '')
}

function refuse(field: 'identification' | 'verificationDigit', text: Text): IdentificationResult {
  return { ok: false, field, text }
}

function notANit(typed: string): Text {
  const shown = typed.slice(0, 40)
  return {
    es: `«${shown}» no es un NIT: escriba de 5 a 15 dígitos, con o sin el dígito de verificación, como 900.123.456-8.`,
    en: `"${shown}" is not a NIT: give 5 to 15 digits, with or without the check digit, such as 900.123.456-8.`,
  }
}

function notADigit(typed: string): Text {
  const shown = typed.slice(0, 40)
  return {
    es: `«${shown}» no es un dígito de verificación: escriba un solo dígito de 0 a 9, o deje el campo vacío.`,
    en: `"${shown}" is not a check digit: give one digit from 0 to 9, or leave the field empty.`,
  }
}

function wrongDigit(nit: string, { expected, typed }: { expected: number; typed: string }): Text {
  return {
    es: `El dígito de verificación del NIT ${nit} es ${expected}, no ${typed}. Revise el NIT o corrija el dígito.`,
    en: `The check digit of NIT ${nit} is ${expected}, not ${typed}. Check the NIT or correct the digit.`,
  }
}

function notPersonal(type: IdentificationType, typed: string): Text {
  const shown = typed.slice(0, 40)
  const allowed = type === 'PA' ? { es: 'letras o dígitos', en: 'letters or digits' } : { es: 'dígitos', en: 'digits' }
  return {
    es: `«${shown}» no es un número de ${type}: escriba de 5 a 15 ${allowed.es}.`,
    en: `"${shown}" is not a ${type} number: give 5 to 15 ${allowed.en}.`,
  }
}

function noDigitFor(type: IdentificationType, typed: string): Text {
  const shown = typed.slice(0, 40)
  return {
    es: `Un documento ${type} no lleva dígito de verificación: borre «${shown}», o elija el tipo NIT.`,
    en: `A ${type} document has no check digit: remove "${shown}", or choose the type NIT.`,
  }
}
