import type { Text } from '../i18n/locale.ts'
import type { OutcomeKind, OutcomeReason } from './outcomes.ts'

export const outcomeLabels: Readonly<Record<OutcomeKind, Text>> = {
  copied: { es: 'Copiado', en: 'Copied' },
  updated: { es: 'Actualizado', en: 'Updated' },
  unchanged: { es: 'Sin cambios', en: 'Unchanged' },
  skipped: { es: 'No copiado', en: 'Not copied' },
  error: { es: 'Error', en: 'Error' },
}

const reasonTexts: Readonly<Record<OutcomeReason, Text>> = {
  without_price: { es: 'Sin precio: copiado inactivo', en: 'Without a price: copied inactive' },
  without_cost: {
    es: 'El distribuidor no tiene precio: sigue el de la tienda',
    en: 'The distributor has no price: the one of the store stays',
  },
  price_floored: { es: 'Precio ajustado al costo', en: 'Price raised to the cost' },
  price_minimum: { es: 'Precio ajustado al mínimo', en: 'Price raised to the minimum' },
  below_cost: { es: 'Precio por debajo del costo', en: 'Price below the cost' },
  margin_low: {
    es: 'El precio de la tienda deja poco margen',
    en: 'The price of the store leaves little margin',
  },
  without_sku: { es: 'Sin código: tiene uno según su número', en: 'Without a SKU: it has one from its number' },
  sku_suffixed: {
    es: 'Código repetido: copiado con un número al final',
    en: 'Repeated SKU: copied with a number at its end',
  },
  sku_kept: {
    es: 'Sigue con su código: el nuevo ya está en uso',
    en: 'Keeps its SKU: the new one is in use',
  },
  sku_taken: {
    es: 'No copiado: otro producto de la tienda usa ese código',
    en: 'Not copied: another product of the store has that SKU',
  },
  reserved_sku: { es: 'No copiado: el código GENERICO está reservado', en: 'Not copied: the SKU GENERICO is reserved' },
  deleted_by_store: { es: 'No copiado: la tienda lo eliminó', en: 'Not copied: the store has deleted it' },
  generic_product: { es: 'No copiado: es un producto genérico', en: 'Not copied: it is a generic product' },
  combo_product: { es: 'No copiado: es un combo', en: 'Not copied: it is a combo' },
  combo_inactive: { es: 'Combo: copiado inactivo', en: 'Combo: copied inactive' },
  not_inventoriable: { es: 'No copiado: no maneja inventario', en: 'Not copied: it has no stock' },
  invalid_price: { es: 'No copiado: el precio no es válido', en: 'Not copied: the price is not valid' },
}

/** Why a product stands in the report, in plain words; a reason we have no words for is shown as it is. */
export function reasonText(reason: string): Text {
  return byReason.get(reason) ?? { es: `Otro motivo: ${reason}`, en: `Other reason: ${reason}` }
}

const byReason: ReadonlyMap<string, Text> = new Map(Object.entries(reasonTexts))
