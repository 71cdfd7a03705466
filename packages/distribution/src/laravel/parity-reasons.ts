import { reasonText } from '../copy/report/reason-texts.ts'
import type { Text } from '../i18n/locale.ts'
import type { ParityFinding } from './parity-finding.ts'

export type ParityReason = keyof typeof reasons

interface Reason {
  /** The number in docs/decisions/original-defects.md; null for what is no defect. */
  readonly defect: number | null
  readonly text: Text
}

/** Why what the original has put into a store is not what a copy here would. */
const reasons = {
  CATEGORY_REPEATED: {
    defect: 3,
    text: {
      es: 'Cada intento de la copia creaba otra categoría TIENDA',
      en: 'Each try of the copy made another TIENDA',
    },
  },
  COPY_REPEATED: {
    defect: 4,
    text: { es: 'Dos copias corrieron a la vez', en: 'Two copies ran at once' },
  },
  OWN_SKU_REPEATED: {
    defect: 4,
    text: {
      es: 'La tienda tiene dos productos propios con ese SKU',
      en: 'The store has two own products under that SKU',
    },
  },
  NOTHING_COPIED: {
    defect: 5,
    text: {
      es: 'La tienda no recibió ningún producto: la copia falló o nadie la pidió',
      en: 'The store got no product at all: the copy failed, or nobody asked for it',
    },
  },
  LOST_WITHOUT_A_WORD: {
    defect: 5,
    text: {
      es: 'La copia calló su error, o la tienda borró la fila',
      en: 'The copy kept quiet about its error, or the store deleted the row',
    },
  },
  GENERIC_MISSING: {
    defect: 6,
    text: {
      es: 'La copia calló que no pudo crear GENERICO',
      en: 'The copy kept quiet that it could not make GENERICO',
    },
  },
  CATEGORY_LOST: {
    defect: 8,
    text: { es: 'TIENDA en lugar de su categoría', en: 'TIENDA instead of its category' },
  },
  PRICE_BY_CREATED_AT: {
    defect: 9,
    text: {
      es: 'El último precio por created_at y no por su fecha',
      en: 'The latest price by created_at and not by its date',
    },
  },
  PRICE_DELETED: {
    defect: 9,
    text: { es: 'Un precio borrado', en: 'A price that was deleted' },
  },
  PRICE_OF_WAREHOUSE: {
    defect: 9,
    text: { es: 'El precio de una sola bodega', en: 'The price of one warehouse only' },
  },
  PRICE_BELOW_COST: {
    defect: 10,
    text: { es: 'Precio por debajo del costo', en: 'Price below the cost' },
  },
  WITHOUT_PRICE: {
    defect: 10,
    text: {
      es: 'Sin precio y a la venta por 0: aquí queda inactivo hasta que tenga precio',
      en: 'Without a price and for sale at 0: here it is inactive until it has one',
    },
  },
  NEWER_THAN_COPY: {
    defect: 11,
    text: {
      es: 'Es posterior a la última copia: el original no lo lleva a las tiendas que ya existen',
      en: 'It is newer than the latest copy: the original does not bring it to stores that exist',
    },
  },
  OLDER_PRICE: {
    defect: 11,
    text: { es: 'Un precio anterior: el original nunca actualiza', en: 'An earlier price: the original never updates' },
  },
  CHANGED_SINCE: {
    defect: 11,
    text: {
      es: 'Cambió después de la copia: el original nunca actualiza',
      en: 'It has changed since the copy: the original never updates',
    },
  },
  SOURCE_INACTIVE: {
    defect: 11,
    text: {
      es: 'El distribuidor ya no lo vende: aquí queda descontinuado',
      en: 'The distributor sells it no more: here it is discontinued',
    },
  },
  SOURCE_GONE: {
    defect: 11,
    text: { es: 'Su producto del distribuidor ya no existe', en: 'Its product of the distributor is no more' },
  },
  LINK_LOST: {
    defect: 12,
    text: {
      es: 'La tienda lo editó y perdió su vínculo (item_father_id = 0)',
      en: 'The store edited it, and its link was lost (item_father_id = 0)',
    },
  },
  COPIED_AGAIN: {
    defect: 12,
    text: {
      es: 'La tienda lo editó, perdió su vínculo y se copió otra vez',
      en: 'The store edited it, its link was lost, and it was copied again',
    },
  },
  IMAGE_DELETED: { defect: 21, text: { es: 'Una imagen borrada', en: 'An image that was deleted' } },
  EARLIER_IMAGE: {
    defect: 21,
    text: { es: 'Otra imagen principal, más antigua', en: 'Another principal image, an older one' },
  },
  SKU_MISSING: {
    defect: 22,
    text: {
      es: 'El producto no tiene SKU: aquí tiene uno según su número',
      en: 'The product has no SKU: here it has one from its number',
    },
  },
  CATEGORY_OF_ANOTHER: {
    defect: 23,
    text: { es: 'La categoría es de otra tienda, o no existe', en: 'The category is another store’s, or is not there' },
  },
  TAX_UNKNOWN: {
    defect: 24,
    text: {
      es: 'El número de impuesto no dice nada en la tienda',
      en: 'The number of the tax means nothing in the store',
    },
  },
  DELETED_AT_BIRTH: {
    defect: 28,
    text: { es: 'Se copió ya borrado, por un error', en: 'It was copied as deleted, by a mistake' },
  },
  EARLIER_RULE: {
    defect: null,
    text: {
      es: 'Una regla de precio anterior: el costo tal cual, ×1,3, o subido a 100',
      en: 'An earlier price rule: the cost as it is, ×1.3, or raised to 100',
    },
  },
  RECEIVED_ORDER: {
    defect: null,
    text: {
      es: 'Lo creó la recepción de un pedido, con otra regla: el precio más alto, subido a 100',
      en: 'A received order made it, by another rule: the highest price, raised to 100',
    },
  },
  FOLLOWS_COST: {
    defect: null,
    text: { es: 'Sigue a su costo, que es otro', en: 'Follows its cost, which is another' },
  },
  OTHER_RULE: {
    defect: null,
    text: { es: 'Las reglas de la distribuidora son otras aquí', en: 'The rules of the distributor are others here' },
  },
  TAKEN_OFF: { defect: null, text: { es: 'La tienda lo puso inactivo', en: 'The store has taken it off sale' } },
  EDITED: { defect: null, text: { es: 'La tienda lo editó', en: 'The store has edited it' } },
  UNEXPLAINED: { defect: null, text: { es: 'Las reglas no lo explican', en: 'The rules do not explain it' } },
} as const satisfies Readonly<Record<string, Reason>>

/** In plain words; what a copy here says itself of a product that it leaves out has its own. */
export function parityReasonText(reason: ParityFinding['reason']): Text {
  return isParityReason(reason) ? reasons[reason].text : reasonText(reason)
}

/** Of the list of the original's defects. */
export function defectOf(reason: ParityFinding['reason']): number | null {
  if (isParityReason(reason)) return reasons[reason].defect
  return reason === 'invalid_price' ? 10 : 22
}

function isParityReason(reason: ParityFinding['reason']): reason is ParityReason {
  return Object.hasOwn(reasons, reason)
}
