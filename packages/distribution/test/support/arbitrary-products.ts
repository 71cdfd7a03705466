import fc from 'fast-check'
import type { SourceProduct } from '../../src/copy/plan/source-product.ts'
import { lockableFields } from '../../src/copy/plan/store-state.ts'
import type { StoreEdit } from './store-model.ts'

/** Few SKUs, so that they meet, and all that an adopted database may hold. */
export const arbitrarySku = fc.oneof(
  fc.constantFrom('A', 'a', 'A-2', 'A-3', 'B', 'B ', 'GENERICO', 'generico', 'P-3'),
  fc.constantFrom(null, '', ' '),
  fc.string(),
)

const basePrice = fc.option(
  fc.oneof(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 0, max: 5_000_000 }), fc.double()),
)

const arbitraryProduct: fc.Arbitrary<SourceProduct> = fc.record(
  {
    id: fc.integer({ min: 1, max: 12 }),
    sku: arbitrarySku,
    name: fc.string(),
    categoryId: fc.option(fc.nat(3)),
    categoryName: fc.option(fc.string()),
    taxName: fc.option(fc.string()),
    taxPercentage: fc.option(fc.constantFrom(0, 5, 19)),
    basePrice,
    imagePath: fc.option(fc.string()),
    brandName: fc.option(fc.string()),
    unitName: fc.option(fc.string()),
    type: fc.constantFrom('COMBO', 'COMPRA NACIONAL'),
    generic: fc.constantFrom(0, 1),
    inventoriable: fc.constantFrom(0, 1),
  },
  {
    noNullPrototype: true,
    requiredKeys: [
      'id',
      'sku',
      'name',
      'categoryId',
      'categoryName',
      'taxName',
      'taxPercentage',
      'basePrice',
      'imagePath',
    ],
  },
)

export const arbitraryPage = fc.uniqueArray(arbitraryProduct, { selector: ({ id }) => id, maxLength: 10 })

const arbitraryEdit: fc.Arbitrary<StoreEdit> = fc.oneof(
  fc.record({ kind: fc.constant('setPrice' as const), price: fc.nat(100_000) }),
  fc.record({ kind: fc.constantFrom('followPrice', 'hide', 'show', 'delete', 'restore', 'discontinue') }),
  fc.record({
    kind: fc.constantFrom('lock', 'unlock'),
    field: fc.constantFrom(...lockableFields),
    text: fc.constantFrom('A', 'propio', 'Z-9'),
  }),
)

/** Edits of a store, each of one product. */
export const arbitraryEdits = fc.array(fc.tuple(fc.integer({ min: 1, max: 12 }), arbitraryEdit), { maxLength: 12 })
