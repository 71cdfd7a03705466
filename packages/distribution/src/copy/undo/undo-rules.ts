import type { Text } from '../../i18n/locale.ts'
import { contentHashOf } from '../plan/planned-product.ts'

/** A product that a run brought, as the store has it now, with the natural keys of its category and tax. */
export interface BroughtProduct {
  readonly id: number
  readonly sourceId: number
  readonly sku: string
  readonly name: string
  readonly categoryId: number | null
  readonly categoryName: string | null
  readonly taxName: string | null
  readonly taxPercentage: number | null
  readonly imagePath: string | null
  readonly brand: string | null
  readonly unit: string | null
  /** Whole pesos. */
  readonly cost: number
  /** Whole pesos. */
  readonly price: number
  readonly status: number
  readonly stock: number
  readonly priceStrategy: string | null
  readonly priceMode: 'auto' | 'manual'
  readonly lockedFields: string
  readonly hiddenAt: string | null
  readonly deletedAt: string | null
  readonly contentHash: string | null
}

/** Why an undo leaves a product in the store. */
export type KeepReason = keyof typeof keepReasonTexts

/** In the order in which they are told. */
export const keepReasonTexts = {
  in_stock: { es: 'Con existencias', en: 'In stock' },
  deleted: { es: 'Eliminado por la tienda', en: 'Deleted by the store' },
  hidden: { es: 'Oculto por la tienda', en: 'Hidden by the store' },
  own_price: { es: 'Con precio de la tienda', en: 'With a price of the store' },
  locked: { es: 'Con campos que decide la tienda', en: 'With fields that the store decides' },
  edited: { es: 'Cambiado después de la copia', en: 'Changed since the copy' },
} as const satisfies Readonly<Record<string, Text>>

/**
 * Undefined when the product may go: nobody in the store has decided anything about it, and all its values are those that
 * the last copy wrote, which its hash tells. In doubt it stays.
 */
export function keepReason(product: BroughtProduct): KeepReason | undefined {
  if (product.stock !== 0) return 'in_stock'
  if (product.deletedAt !== null) return 'deleted'
  if (product.hiddenAt !== null) return 'hidden'
  if (product.priceMode !== 'auto') return 'own_price'
  if (product.lockedFields !== '') return 'locked'
  return hashOf(product) === product.contentHash ? undefined : 'edited'
}

/** Of the row as it stands; undefined for one that no copy can have written. */
function hashOf(product: BroughtProduct): string | undefined {
  const { categoryId, categoryName, taxName, taxPercentage, status } = product
  if (categoryId === null || categoryName === null) return undefined
  if (status !== 0 && status !== 1) return undefined
  const tax = taxName === null || taxPercentage === null ? null : { name: taxName, percentage: taxPercentage }
  const category = { sourceId: categoryId, name: categoryName }
  return contentHashOf({ ...product, status, category, tax, keeps: [] })
}
