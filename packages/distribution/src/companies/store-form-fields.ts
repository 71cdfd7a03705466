import type { Text } from '../i18n/locale.ts'
import type { CompanyChoices } from './company-choices.ts'
import { type Choice, fiscalResponsibilities, regimes } from './company-kinds.ts'
import type { StoreField } from './store-fields.ts'

/** How a field of the form looks; what it may hold is decided in `store-form.ts`. */
export interface FieldLook {
  readonly name: StoreField
  readonly label: Text
  readonly hint?: Text
  /** Also of a field that is required only where the form shows it. */
  readonly isRequired?: boolean
  readonly isCheckbox?: boolean
  readonly input?: Readonly<Record<string, string>>
  readonly options?: readonly FieldOption[]
}

interface FieldOption {
  readonly value: string
  readonly text: Text
}

interface FieldGroup {
  /** For the style sheet, which hides what does not apply. */
  readonly key: string
  readonly legend: Text
  readonly fields: readonly FieldLook[]
}

/** The form in the order in which a seller asks. Without routes nobody is asked for one. */
export function fieldGroups({ routes, positions }: CompanyChoices): readonly FieldGroup[] {
  const routeFields = routes.length === 0 ? [] : [{ ...route, options: [notChosen, ...routes.map(optionOf)] }]
  return [
    { key: 'company', legend: { es: 'La tienda', en: 'The store' }, fields: companyFields },
    { key: 'person', legend: { es: 'La persona', en: 'The person' }, fields: personFields },
    { key: 'tax', legend: { es: 'Impuestos', en: 'Taxes' }, fields: taxFields },
    { key: 'contact', legend: { es: 'Contacto', en: 'Contact' }, fields: contactFields(positions) },
    { key: 'address', legend: { es: 'Dirección', en: 'Address' }, fields: [...addressFields, ...routeFields] },
    { key: 'user', legend: { es: 'Usuario', en: 'User' }, fields: [createUser] },
  ]
}

function optionOf({ id, text }: Choice): FieldOption {
  return { value: String(id), text }
}

const notChosen: FieldOption = { value: '', text: { es: 'Elija…', en: 'Choose…' } }

const types: readonly FieldOption[] = [
  { value: 'CC', text: { es: 'Cédula de ciudadanía (CC)', en: 'Citizenship card (CC)' } },
  { value: 'NIT', text: { es: 'NIT', en: 'Tax number (NIT)' } },
  { value: 'CE', text: { es: 'Cédula de extranjería (CE)', en: 'Foreigner card (CE)' } },
  { value: 'PA', text: { es: 'Pasaporte (PA)', en: 'Passport (PA)' } },
  { value: 'TI', text: { es: 'Tarjeta de identidad (TI)', en: 'Identity card (TI)' } },
  { value: 'RC', text: { es: 'Registro civil (RC)', en: 'Civil registry (RC)' } },
]

const companyFields: readonly FieldLook[] = [
  {
    name: 'contactType',
    label: { es: 'Tipo de contacto', en: 'Type of contact' },
    isRequired: true,
    options: [
      { value: 'CLIENTE', text: { es: 'Cliente', en: 'Client' } },
      { value: 'PROVEEDOR', text: { es: 'Proveedor', en: 'Supplier' } },
    ],
  },
  {
    name: 'name',
    label: { es: 'Nombre de la tienda', en: 'Name of the store' },
    hint: { es: 'De una empresa, la razón social.', en: "A company's legal name." },
    isRequired: true,
    input: { autocomplete: 'organization', maxlength: '255', autocapitalize: 'words' },
  },
  {
    name: 'type',
    label: { es: 'Tipo de identificación', en: 'Type of identification' },
    isRequired: true,
    options: types,
  },
  {
    name: 'identification',
    label: { es: 'Número de identificación', en: 'Identification number' },
    hint: {
      es: 'Con o sin puntos. Un NIT puede llevar guion y DV: 900.123.456-8.',
      en: 'With or without dots. A NIT may end in a hyphen and its check digit: 900.123.456-8.',
    },
    isRequired: true,
    input: { autocomplete: 'off', maxlength: '40', autocapitalize: 'characters', spellcheck: 'false' },
  },
  {
    name: 'verificationDigit',
    label: { es: 'Dígito de verificación (DV)', en: 'Check digit (DV)' },
    hint: {
      es: 'Solo con NIT: el dígito que va después del guion.',
      en: 'With a NIT only: the digit after the hyphen.',
    },
    input: { autocomplete: 'off', inputmode: 'numeric', maxlength: '1' },
  },
  {
    name: 'person',
    label: { es: 'Tipo de persona', en: 'Type of person' },
    hint: { es: 'Solo con NIT.', en: 'With a NIT only.' },
    isRequired: true,
    options: [
      { value: 'Juridica', text: { es: 'Jurídica', en: 'Legal person' } },
      { value: 'Natural', text: { es: 'Natural', en: 'Natural person' } },
    ],
  },
]

const personName = { maxlength: '255', autocapitalize: 'words' } as const

const personFields: readonly FieldLook[] = [
  {
    name: 'firstName',
    label: { es: 'Primer nombre', en: 'First name' },
    isRequired: true,
    input: { autocomplete: 'given-name', ...personName },
  },
  {
    name: 'middleName',
    label: { es: 'Segundo nombre', en: 'Middle name' },
    input: { autocomplete: 'additional-name', ...personName },
  },
  {
    name: 'surname',
    label: { es: 'Primer apellido', en: 'First surname' },
    isRequired: true,
    input: { autocomplete: 'family-name', ...personName },
  },
  {
    name: 'secondSurname',
    label: { es: 'Segundo apellido', en: 'Second surname' },
    input: { autocomplete: 'off', ...personName },
  },
]

const taxFields: readonly FieldLook[] = [
  {
    name: 'regime',
    label: { es: 'Régimen', en: 'Tax regime' },
    isRequired: true,
    options: [notChosen, ...regimes.map(optionOf)],
  },
  {
    name: 'fiscalResponsibility',
    label: { es: 'Responsabilidad fiscal', en: 'Fiscal responsibility' },
    isRequired: true,
    options: [notChosen, ...fiscalResponsibilities.map(optionOf)],
  },
  {
    name: 'ciiu',
    label: { es: 'Código CIIU', en: 'CIIU code' },
    hint: { es: 'De la actividad económica; está en el RUT.', en: 'Of the economic activity; the RUT has it.' },
    input: { autocomplete: 'off', inputmode: 'numeric', maxlength: '10' },
  },
]

function contactFields(positions: readonly Choice[]): readonly FieldLook[] {
  return [
    {
      name: 'contactName',
      label: { es: 'Nombre del contacto', en: 'Name of the contact' },
      input: { autocomplete: 'name', maxlength: '255', autocapitalize: 'words' },
    },
    { name: 'position', label: { es: 'Cargo', en: 'Position' }, options: positions.map(optionOf) },
    {
      name: 'email',
      label: { es: 'Correo electrónico', en: 'E-mail' },
      hint: {
        es: 'El de facturación. Obligatorio si crea el usuario: con él entra la tienda.',
        en: 'For invoices. Required when a user is created: the store signs in with it.',
      },
      isRequired: true,
      input: { type: 'email', autocomplete: 'email', inputmode: 'email', maxlength: '255', spellcheck: 'false' },
    },
    {
      name: 'phone',
      label: { es: 'Teléfono', en: 'Phone' },
      input: { type: 'tel', autocomplete: 'tel-national', inputmode: 'tel', maxlength: '100' },
    },
    {
      name: 'acceptsMessages',
      label: { es: 'Acepta mensajes por WhatsApp', en: 'Accepts messages on WhatsApp' },
      hint: {
        es: 'Solo si la persona lo dijo: recibe en ese teléfono cuándo está listo su catálogo.',
        en: 'Only if the person has said so: that phone is told when the catalogue is ready.',
      },
      isCheckbox: true,
    },
  ]
}

const addressFields: readonly FieldLook[] = [
  {
    name: 'address',
    label: { es: 'Dirección', en: 'Address' },
    isRequired: true,
    input: { autocomplete: 'street-address', maxlength: '255' },
  },
  {
    name: 'district',
    label: { es: 'Barrio', en: 'District' },
    isRequired: true,
    input: { autocomplete: 'address-level3', maxlength: '100' },
  },
  {
    name: 'city',
    label: { es: 'Ciudad', en: 'City' },
    isRequired: true,
    input: { autocomplete: 'address-level2', maxlength: '100' },
  },
  {
    name: 'postcode',
    label: { es: 'Código postal', en: 'Postcode' },
    input: { autocomplete: 'postal-code', inputmode: 'numeric', maxlength: '10' },
  },
]

const route: FieldLook = { name: 'route', label: { es: 'Ruta', en: 'Route' } }

const createUser: FieldLook = {
  name: 'createUser',
  label: { es: 'Crear usuario', en: 'Create a user' },
  hint: {
    es: 'Para que sea una tienda: elige su contraseña con un enlace, y el catálogo se copia.',
    en: 'Makes it a store: it chooses a password with a link, and the catalogue is copied.',
  },
  isCheckbox: true,
}
