import type { Text } from '../i18n/locale.ts'

/** Of `vnt_companies.type`: a client may be a store with a user; a supplier never has one. */
export const contactTypes = ['CLIENTE', 'PROVEEDOR'] as const
export type ContactType = (typeof contactTypes)[number]

/** Only a NIT leaves a choice; every other document is of a natural person. */
export const persons = ['Natural', 'Juridica'] as const
export type Person = (typeof persons)[number]

/** A row that other tables name by its number. */
export interface Choice {
  readonly id: number
  readonly text: Text
}

/** Of `vnt_companies.regimeId`, numbered as in the original application. */
export const regimes: readonly Choice[] = [
  { id: 1, text: { es: 'Responsable de IVA', en: 'Liable for VAT' } },
  { id: 2, text: { es: 'No responsable de IVA', en: 'Not liable for VAT' } },
  { id: 3, text: { es: 'Impuesto nacional al consumo (INC)', en: 'Consumption tax (INC)' } },
  { id: 4, text: { es: 'No responsable de INC', en: 'Not liable for INC' } },
  { id: 5, text: { es: 'IVA e INC', en: 'VAT and INC' } },
]

/** Of `vnt_companies.fiscalResponsabilityId`, numbered as in the original application. */
export const fiscalResponsibilities: readonly Choice[] = [
  { id: 1, text: { es: 'Ninguna', en: 'None' } },
  { id: 2, text: { es: 'Gran contribuyente', en: 'Large taxpayer' } },
  { id: 3, text: { es: 'Autorretenedor', en: 'Self-withholder' } },
  { id: 4, text: { es: 'Agente de retención de IVA', en: 'VAT withholding agent' } },
  { id: 5, text: { es: 'Régimen simple', en: 'Simple regime' } },
]

/** What a natural person is, by law and without being asked: not liable for VAT, no fiscal responsibility. */
export const naturalTax = { regime: 2, fiscalResponsibility: 1 } as const

/** Of `vnt_contacts.positionId`, when nobody says another. */
export const defaultPositionId = 1
