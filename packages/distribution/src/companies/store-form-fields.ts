import type { Text } from '../i18n/locale.ts'
import type { StoreField } from './store-form.ts'

/** How a field of the form looks; what it may hold is decided in `store-form.ts`. */
export interface FieldLook {
  readonly name: StoreField
  readonly label: Text
  readonly hint?: Text
  readonly isRequired?: boolean
  readonly input?: Readonly<Record<string, string>>
  readonly options?: readonly { readonly value: string; readonly text: Text }[]
}

interface FieldGroup {
  readonly legend: Text
  readonly fields: readonly FieldLook[]
}

const types: FieldLook['options'] = [
  { value: 'CC', text: { es: 'Cédula de ciudadanía (CC)', en: 'Citizenship card (CC)' } },
  { value: 'NIT', text: { es: 'NIT', en: 'Tax number (NIT)' } },
  { value: 'CE', text: { es: 'Cédula de extranjería (CE)', en: 'Foreigner card (CE)' } },
  { value: 'PA', text: { es: 'Pasaporte (PA)', en: 'Passport (PA)' } },
  { value: 'TI', text: { es: 'Tarjeta de identidad (TI)', en: 'Identity card (TI)' } },
  { value: 'RC', text: { es: 'Registro civil (RC)', en: 'Civil registry (RC)' } },
]

const storeFields: readonly FieldLook[] = [
  {
    name: 'name',
    label: { es: 'Nombre de la tienda', en: 'Name of the store' },
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
]

const contactFields: readonly FieldLook[] = [
  {
    name: 'contactName',
    label: { es: 'Nombre del contacto', en: 'Name of the contact' },
    input: { autocomplete: 'name', maxlength: '255', autocapitalize: 'words' },
  },
  {
    name: 'email',
    label: { es: 'Correo electrónico', en: 'E-mail' },
    hint: {
      es: 'Con este correo entrará la tienda cuando haya inicio de sesión.',
      en: 'The store will sign in with it, once there is a sign-in.',
    },
    isRequired: true,
    input: { type: 'email', autocomplete: 'email', inputmode: 'email', maxlength: '255', spellcheck: 'false' },
  },
  {
    name: 'phone',
    label: { es: 'Teléfono', en: 'Phone' },
    input: { type: 'tel', autocomplete: 'tel-national', inputmode: 'tel', maxlength: '100' },
  },
]

const addressFields: readonly FieldLook[] = [
  {
    name: 'address',
    label: { es: 'Dirección', en: 'Address' },
    input: { autocomplete: 'street-address', maxlength: '255' },
  },
  {
    name: 'district',
    label: { es: 'Barrio', en: 'District' },
    input: { autocomplete: 'address-level3', maxlength: '100' },
  },
  { name: 'city', label: { es: 'Ciudad', en: 'City' }, input: { autocomplete: 'address-level2', maxlength: '100' } },
]

/** The form in the order in which a seller asks. */
export const fieldGroups: readonly FieldGroup[] = [
  { legend: { es: 'La tienda', en: 'The store' }, fields: storeFields },
  { legend: { es: 'Contacto', en: 'Contact' }, fields: contactFields },
  { legend: { es: 'Dirección', en: 'Address' }, fields: addressFields },
]
