import { z } from 'zod'
import {
  type Choice,
  type ContactType,
  contactTypes,
  defaultPositionId,
  fiscalResponsibilities,
  naturalTax,
  type Person,
  persons,
  regimes,
} from './company-kinds.ts'
import { FormReader, type TextRule } from './form-reader.ts'
import { type IdentificationType, identificationTypes, parseIdentification } from './identification.ts'
import { type Box, type FieldProblem, inFieldOrder } from './store-fields.ts'
import { badEmail, badPhone, notDigits, notLetters } from './store-form-texts.ts'

/** A company as it may be registered: trimmed, within every limit, its check digit right. */
export interface StoreForm {
  readonly contactType: ContactType
  /** Trade name, or the legal person's name. */
  readonly name: string
  readonly type: IdentificationType
  readonly identification: string
  /** Of a NIT; null for everything else. */
  readonly verificationDigit: number | null
  readonly person: Person
  /** Of a natural person; null when they were not given. */
  readonly names: PersonNames | null
  /** Id in `regimes`; null when a legal person's is not known. */
  readonly regime: number | null
  /** Id in `fiscalResponsibilities`; null when a legal person's is not known. */
  readonly fiscalResponsibility: number | null
  /** Code of the economic activity: digits. */
  readonly ciiu: string | null
  /** Lower case. Never null when a user is wanted. */
  readonly email: string | null
  readonly phone: string | null
  /** True only with a phone. */
  readonly acceptsMessages: boolean
  readonly address: string | null
  readonly city: string | null
  readonly district: string | null
  readonly postcode: string | null
  readonly contactName: string | null
  readonly positionId: number
  readonly routeId: number | null
  /** True for a store: it gets a user of profile 17, and the catalogue. */
  readonly createUser: boolean
}

export interface PersonNames {
  readonly firstName: string
  readonly middleName: string | null
  readonly surname: string
  readonly secondSurname: string | null
}

export type StoreFormResult =
  | { readonly ok: true; readonly form: StoreForm }
  | { readonly ok: false; readonly problems: readonly FieldProblem[] }

/** The form on the page and the API ask for everything; the command line for name, identification and e-mail. */
export type Asked = 'everything' | 'essentials'

/**
 * Checks all fields at once, so that a person corrects them in one go; at most one problem a field. A field that the
 * form hides, such as the regime of a natural person, is not read.
 */
export function parseStoreForm(
  input: Readonly<Record<string, string | undefined>>,
  asked: Asked = 'essentials',
): StoreFormResult {
  const reader = new FormReader(input)
  const kind = readKind(reader, asked)
  const identity = readIdentity(reader, { ...kind, asked })
  const form = {
    ...kind,
    ...identity,
    ...readTax(reader, { ...kind, asked }),
    ...readContact(reader, { ...kind, asked }),
    ...readPlace(reader, { ...kind, asked }),
  }
  if (reader.problems.length > 0) return { ok: false, problems: inFieldOrder(reader.problems) }
  return { ok: true, form }
}

interface Kind {
  readonly contactType: ContactType
  readonly type: IdentificationType
  readonly person: Person
  readonly createUser: boolean
}

interface Situation extends Kind {
  readonly asked: Asked
}

const yes = ['1', 'on', 'true', 'yes', 'sí'] as const
const no = ['0', 'off', 'false', 'no'] as const

/** What decides which other fields count; a wrong choice is reported and the rest is checked as for the usual one. */
function readKind(reader: FormReader, asked: Asked): Kind {
  const isShort = asked === 'essentials'
  const contactType = reader.choice('contactType', {
    options: contactTypes,
    fallback: isShort ? 'CLIENTE' : undefined,
  })
  const type = reader.choice('type', { options: identificationTypes, fallback: isShort ? 'CC' : undefined }) ?? 'NIT'
  const createUser = readBox(reader, 'createUser', isShort ? 'yes' : 'no')
  const isClient = (contactType ?? 'CLIENTE') === 'CLIENTE'
  return {
    contactType: isClient ? 'CLIENTE' : 'PROVEEDOR',
    type,
    person: readPerson(reader, type, isShort ? 'Juridica' : undefined),
    createUser: isClient && createUser,
  }
}

/** A box that is not ticked is not sent at all. */
function readBox(reader: FormReader, field: Box, fallback: 'yes' | 'no'): boolean {
  const choice = reader.choice(field, { options: [...yes, ...no], fallback })
  return yes.some((each) => each === choice)
}

function readPerson(reader: FormReader, type: IdentificationType, fallback: Person | undefined): Person {
  if (type !== 'NIT') return 'Natural'
  return reader.choice('person', { options: persons, fallback }) ?? 'Juridica'
}

function readIdentity(reader: FormReader, { type, person, asked }: Situation) {
  const name = reader.text('name', { min: 3, max: 255, isRequired: true }) ?? ''
  return { name, ...readIdentification(reader, type, asked), names: readNames(reader, { person, asked }) }
}

function readIdentification(reader: FormReader, type: IdentificationType, asked: Asked) {
  const identification = reader.text('identification', { min: 5, max: 40, isRequired: true })
  // The page hides the check digit of any other document than a NIT, but browsers send it all the same.
  const isHidden = type !== 'NIT' && asked === 'everything'
  const verificationDigit = isHidden ? null : reader.text('verificationDigit', { min: 1, max: 40 })
  const nothing = { identification: '', verificationDigit: null }
  if (identification === null) return nothing
  const parsed = parseIdentification({ type, identification, verificationDigit: verificationDigit ?? '' })
  if (parsed.ok) return { identification: parsed.identification, verificationDigit: parsed.verificationDigit }
  reader.report(parsed.field, parsed.text)
  return nothing
}

function readNames(reader: FormReader, { person, asked }: Pick<Situation, 'person' | 'asked'>): PersonNames | null {
  if (person === 'Juridica') return null
  const isRequired = asked === 'everything'
  const firstName = reader.text('firstName', { ...personName, isRequired })
  const middleName = reader.text('middleName', personName)
  const surname = reader.text('surname', { ...personName, isRequired })
  const secondSurname = reader.text('secondSurname', personName)
  return firstName === null || surname === null ? null : { firstName, middleName, surname, secondSurname }
}

/** Of a natural person the law decides; a legal person is asked. */
function readTax(reader: FormReader, { person, asked }: Situation) {
  const ciiu = reader.text('ciiu', digits(1, 10))
  if (person === 'Natural') return { ...naturalTax, ciiu }
  const isRequired = asked === 'everything'
  return {
    regime: readId(reader, 'regime', { choices: regimes, isRequired }),
    fiscalResponsibility: readId(reader, 'fiscalResponsibility', { choices: fiscalResponsibilities, isRequired }),
    ciiu,
  }
}

interface IdRule {
  readonly choices: readonly Choice[]
  readonly isRequired: boolean
}

function readId(reader: FormReader, field: 'regime' | 'fiscalResponsibility', rule: IdRule): number | null {
  if (!rule.isRequired && reader.typed(field) === '') return null
  const id = reader.choice(field, { options: rule.choices.map(({ id }) => String(id)) })
  return id === undefined ? null : Number(id)
}

function readContact(reader: FormReader, { createUser, asked }: Situation) {
  const isRequired = createUser || asked === 'essentials'
  const position = reader.text('position', digits(1, 9))
  const acceptsMessages = readBox(reader, 'acceptsMessages', 'no')
  return {
    email: reader.text('email', { min: 3, max: 255, isRequired, refuse: refuseEmail })?.toLowerCase() ?? null,
    phone: reader.text('phone', { min: 7, max: 100, isRequired: acceptsMessages, refuse: refusePhone }),
    acceptsMessages,
    contactName: reader.text('contactName', { min: 2, max: 255 }),
    positionId: position === null ? defaultPositionId : Number(position),
  }
}

/** A supplier is visited by nobody: no route, and the district that the original application gives all of them. */
function readPlace(reader: FormReader, { contactType, asked }: Situation) {
  const isClient = contactType === 'CLIENTE'
  const isRequired = asked === 'everything'
  const route = isClient ? reader.text('route', digits(1, 9)) : null
  return {
    address: reader.text('address', { min: 5, max: 255, isRequired }),
    city: reader.text('city', { min: 2, max: 100, isRequired }),
    district: isClient ? reader.text('district', { min: 3, max: 100, isRequired }) : '000',
    postcode: reader.text('postcode', digits(5, 10)),
    routeId: route === null ? null : Number(route),
  }
}

const personName: TextRule = {
  min: 2,
  max: 255,
  refuse: (value) => (/^[\p{L}\p{M}'’. -]+$/u.test(value) ? undefined : notLetters(value)),
}

function digits(min: number, max: number): TextRule {
  return { min, max, refuse: (value) => (/^\d+$/.test(value) ? undefined : notDigits(value)) }
}

function refuseEmail(value: string) {
  // By its syntax alone: asking the mail server would make the seller wait for the network.
  return z.email().safeParse(value.toLowerCase()).success ? undefined : badEmail(value.toLowerCase())
}

const phonePattern = /^\+?\(?\d{1,4}\)?[-\s.]?\(?\d{1,4}\)?[-\s.]?\d{1,9}$/

function refusePhone(value: string) {
  return phonePattern.test(value) ? undefined : badPhone(value)
}
