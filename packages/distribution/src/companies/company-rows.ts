import { utcText } from '../database/utc-text.ts'
import { identificationTypeId } from './identification.ts'
import type { StoreForm } from './store-form.ts'

/** What the form becomes in `vnt_companies`. */
export function companyRow(form: StoreForm, distributorId: string) {
  return {
    tenant_id: distributorId,
    businessName: form.name,
    ...namesRow(form),
    billingEmail: form.email,
    typeIdentificationId: identificationTypeId(form.type),
    identification: form.identification,
    verification_digit: form.verificationDigit,
    type: form.contactType,
    typePerson: form.type === 'NIT' ? 'LEGAL_ENTITY' : 'PERSON_ENTITY',
    code_ciiu: form.ciiu,
    regimeId: form.regime,
    fiscalResponsabilityId: form.fiscalResponsibility,
  }
}

/** The original application keeps the second given name in `lastName` and the first surname in `secondName`. */
function namesRow({ names, person, name }: StoreForm) {
  return {
    firstName: names?.firstName ?? (person === 'Juridica' ? name : null),
    lastName: names?.middleName ?? null,
    secondName: names?.surname ?? null,
    secondLastName: names?.secondSurname ?? null,
  }
}

/** What the form becomes in `vnt_warehouses`. */
export function warehouseRow({ address, city, district, postcode }: StoreForm, companyId: number) {
  return { companyId, name: 'Principal', address, city, district, postcode, main: 1 }
}

/** What the form becomes in `vnt_contacts`. */
export function contactRow(form: StoreForm, warehouseId: number) {
  return {
    warehouseId,
    firstName: contactNameOf(form),
    lastName: null,
    email: form.email,
    phone_contact: form.phone,
    messages_accepted_at: form.acceptsMessages ? utcText(new Date()) : null,
    positionId: form.positionId,
  }
}

/** Who answers for the store: given name and first surname of a person, else the name of the store. */
function contactNameOf({ contactName, names, name }: StoreForm): string {
  return contactName ?? (names ? `${names.firstName} ${names.surname}` : name)
}
