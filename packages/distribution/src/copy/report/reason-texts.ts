import type { Text } from '../../i18n/locale.ts'
import type { ErrorReason, OutcomeKind, Remark, SkipReason } from '../plan/outcomes.ts'

export const outcomeLabels: Readonly<Record<OutcomeKind, Text>> = {
  copied: { es: 'Copiado', en: 'Copied' },
  updated: { es: 'Actualizado', en: 'Updated' },
  unchanged: { es: 'Sin cambios', en: 'Unchanged' },
  skipped: { es: 'No copiado', en: 'Not copied' },
  error: { es: 'Error', en: 'Error' },
}

/** Why a product stands in the report, in plain words; a reason we have no words for is shown as it is. */
export function reasonText(reason: string): Text {
  const text = whyNotCopied.get(reason)
  if (!text) return reasonBesideOutcome(reason)
  return {
    es: `${outcomeLabels.skipped.es}: ${text.es}`,
    en: `${outcomeLabels.skipped.en}: ${text.en}`,
  }
}

/** The same where its outcome has been said. */
export function reasonBesideOutcome(reason: string): Text {
  const text = whyNotCopied.get(reason) ?? remarkTexts.get(reason)
  if (!text) return { es: `Otro motivo: ${reason}`, en: `Other reason: ${reason}` }
  return { es: capitalized(text.es), en: capitalized(text.en) }
}

function capitalized(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`
}

/** Of what is not in the store. */
const whyNotCopied = textsOf<SkipReason | ErrorReason>({
  sku_taken: {
    es: 'otro producto de la tienda usa ese código',
    en: 'another product of the store has that SKU',
  },
  reserved_sku: { es: 'el código GENERICO está reservado', en: 'the SKU GENERICO is reserved' },
  deleted_by_store: { es: 'la tienda lo eliminó', en: 'the store has deleted it' },
  generic_product: { es: 'es un producto genérico', en: 'it is a generic product' },
  combo_product: { es: 'es un combo', en: 'it is a combo' },
  not_inventoriable: { es: 'no maneja inventario', en: 'it has no stock' },
  invalid_price: { es: 'el precio no es válido', en: 'the price is not valid' },
  text_too_long: {
    es: 'su código o un nombre pasa de 255 letras',
    en: 'its SKU or a name has more than 255 letters',
  },
  refused_by_store: {
    es: 'la base de datos de la tienda no admite uno de sus datos; el registro dice por qué',
    en: "the store's database does not take one of its values; the log tells why",
  },
})

const remarkTexts = textsOf<Remark>({
  without_price: { es: 'sin precio: queda inactivo', en: 'without a price: it is inactive' },
  without_cost: {
    es: 'el distribuidor no tiene precio: sigue el de la tienda',
    en: 'the distributor has no price: the one of the store stays',
  },
  price_floored: { es: 'precio ajustado al costo', en: 'price raised to the cost' },
  price_minimum: { es: 'precio ajustado al mínimo', en: 'price raised to the minimum' },
  below_cost: { es: 'precio por debajo del costo', en: 'price below the cost' },
  margin_low: {
    es: 'el precio de la tienda deja poco margen',
    en: 'the price of the store leaves little margin',
  },
  without_sku: {
    es: 'sin código: tiene uno según su número, o el que ya tenía',
    en: 'without a SKU: it has one from its number, or the one that it had',
  },
  sku_suffixed: {
    es: 'código repetido: lleva un número al final',
    en: 'repeated SKU: it has a number at its end',
  },
  sku_kept: {
    es: 'sigue con su código: el nuevo ya está en uso',
    en: 'keeps its SKU: the new one is in use',
  },
  combo_inactive: { es: 'combo: queda inactivo', en: 'combo: it is inactive' },
})

/** A reason may come from a store that a newer release has copied into. */
function textsOf<Reason extends string>(texts: Readonly<Record<Reason, Text>>): ReadonlyMap<string, Text> {
  return new Map(Object.entries<Text>(texts))
}
