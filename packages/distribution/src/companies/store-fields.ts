import type { Text } from '../i18n/locale.ts'

/** The fields of the form in its order, each as it begins a sentence about itself. */
export const fieldLabels = {
  contactType: { es: 'El tipo de contacto', en: 'The type of contact' },
  name: { es: 'El nombre de la tienda', en: 'The name of the store' },
  type: { es: 'El tipo de identificación', en: 'The type of identification' },
  identification: { es: 'La identificación', en: 'The identification' },
  verificationDigit: { es: 'El dígito de verificación', en: 'The check digit' },
  person: { es: 'El tipo de persona', en: 'The type of person' },
  firstName: { es: 'El primer nombre', en: 'The first name' },
  middleName: { es: 'El segundo nombre', en: 'The middle name' },
  surname: { es: 'El primer apellido', en: 'The first surname' },
  secondSurname: { es: 'El segundo apellido', en: 'The second surname' },
  regime: { es: 'El régimen', en: 'The tax regime' },
  fiscalResponsibility: { es: 'La responsabilidad fiscal', en: 'The fiscal responsibility' },
  ciiu: { es: 'El código CIIU', en: 'The CIIU code' },
  contactName: { es: 'El nombre de contacto', en: "The contact's name" },
  position: { es: 'El cargo', en: 'The position' },
  email: { es: 'El correo electrónico', en: 'The e-mail address' },
  phone: { es: 'El teléfono', en: 'The phone number' },
  acceptsMessages: { es: 'La casilla «Acepta mensajes por WhatsApp»', en: 'The box "Accepts messages on WhatsApp"' },
  address: { es: 'La dirección', en: 'The address' },
  district: { es: 'El barrio', en: 'The district' },
  city: { es: 'La ciudad', en: 'The city' },
  postcode: { es: 'El código postal', en: 'The postcode' },
  route: { es: 'La ruta', en: 'The route' },
  createUser: { es: 'La casilla «Crear usuario»', en: 'The box "Create a user"' },
} as const satisfies Record<string, Text>

export type StoreField = keyof typeof fieldLabels

export function isField(name: string): name is StoreField {
  return Object.hasOwn(fieldLabels, name)
}

/** Those that are ticked or not. */
const boxes = ['acceptsMessages', 'createUser'] as const satisfies readonly StoreField[]
export type Box = (typeof boxes)[number]

export function isBox(field: string): field is Box {
  return boxes.some((box) => box === field)
}

/** What is wrong with one field, to be shown beside it. */
export interface FieldProblem {
  readonly field: StoreField
  readonly text: Text
}

/** In the order of the form, one for each field: a person corrects from top to bottom. */
export function inFieldOrder(problems: readonly FieldProblem[]): readonly FieldProblem[] {
  return Object.keys(fieldLabels).flatMap((field) => problems.find((problem) => problem.field === field) ?? [])
}
