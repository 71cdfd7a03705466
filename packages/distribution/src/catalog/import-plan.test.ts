import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CatalogReferences } from './catalog-references.ts'
import { planImport } from './import-plan.ts'
import type { PriceListLine } from './price-list-cells.ts'
import type { StoredProduct } from './stored-products.ts'

const now = '2026-03-01 12:00:00'
const before = '2026-02-01 12:00:00'

const references: CatalogReferences = {
  categories: new Map([['Granos', 10]]),
  brands: new Map([['Campo', 20]]),
  units: new Map([['Libra', 30]]),
  taxes: new Map([[5, 40]]),
}

const line: PriceListLine = {
  line: 2,
  sku: 'A',
  name: 'Arroz',
  price: 2000,
  category: 'Granos',
  tax: 5,
  brand: 'Campo',
  unit: 'Libra',
  image: 'a.png',
  isActive: true,
}

const silent = { price: null, category: null, tax: null, brand: null, unit: null, image: null, isActive: null } as const

const stored: StoredProduct = {
  id: 1,
  sku: 'A',
  name: 'Arroz',
  categoryId: 10,
  taxId: 40,
  brandId: 20,
  unitId: 30,
  status: 1,
  isDeleted: false,
  price: { pesos: 2000, date: before, updatedAt: before },
  image: 'a.png',
}

function plan(stated: PriceListLine, product?: StoredProduct) {
  return planImport({ lines: [stated], stored: new Map(product ? [['A', product]] : []), references, now })
}

test('a new product is inserted with its price and image', () => {
  const result = plan(line)

  assert.deepEqual(result, {
    inserts: [{ sku: 'A', name: 'Arroz', categoryId: 10, taxId: 40, brandId: 20, unitId: 30, status: 1 }],
    updates: [],
    prices: [{ sku: 'A', pesos: 2000, date: now, updatedAt: now }],
    images: [{ sku: 'A', path: 'a.png' }],
    updated: 0,
    unchanged: 0,
    withoutPrice: 0,
  })
})

test('a product that is stored as the list states it needs no write', () => {
  const { inserts, updates, prices, images, unchanged } = plan(line, stored)

  assert.deepEqual([inserts, updates, prices, images], [[], [], [], []])
  assert.equal(unchanged, 1)
})

test('what a line leaves empty stays as it is stored', () => {
  const inactive = { ...stored, status: 0 }

  const { updates, prices, images, unchanged, withoutPrice } = plan({ ...line, ...silent }, inactive)

  assert.deepEqual([updates, prices, images], [[], [], []])
  assert.deepEqual([unchanged, withoutPrice], [1, 0])
})

test('a new product that leaves all empty is active, without price and without anything else', () => {
  const { inserts, prices, withoutPrice } = plan({ ...line, ...silent })

  assert.deepEqual(inserts, [
    { sku: 'A', name: 'Arroz', categoryId: null, taxId: null, brandId: null, unitId: null, status: 1 },
  ])
  assert.deepEqual([prices, withoutPrice], [[], 1])
})

for (const [what, change] of [
  ['name', { name: 'Arroz largo' }],
  ['category', { categoryId: 99 }],
  ['tax', { taxId: null }],
  ['brand', { brandId: 99 }],
  ['unit', { unitId: 99 }],
  ['state', { status: 0 }],
] as const) {
  test(`a product whose ${what} differs is updated`, () => {
    const { updates, updated, prices } = plan(line, { ...stored, ...change })

    assert.equal(updates.length, 1)
    assert.deepEqual([updated, prices.length], [1, 0])
  })
}

test('only a different price is written, and the product counts as updated', () => {
  const { updates, prices, updated } = plan({ ...line, price: 2000.5 }, stored)

  assert.deepEqual(updates, [])
  assert.deepEqual(prices, [{ sku: 'A', pesos: 2000.5, date: now, updatedAt: now }])
  assert.equal(updated, 1)
})

test('a new price is never older than the one it replaces, or that one would stay the latest', () => {
  const ahead = '2026-03-01 18:00:00'

  const { prices } = plan({ ...line, price: 1 }, { ...stored, price: { pesos: 2000, date: ahead, updatedAt: ahead } })

  assert.deepEqual(prices, [{ sku: 'A', pesos: 1, date: ahead, updatedAt: ahead }])
})
