import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { readPriceList } from './price-list.ts'
import { generatedPriceList } from './price-list-text.ts'
import { productFamilies } from './product-families.ts'
import { generateProducts } from './product-generator.ts'

test('the same products come every time, and a longer list begins as a shorter one', () => {
  const few = [...generateProducts(100)]

  assert.deepEqual([...generateProducts(300)].slice(0, 100), few)
  assert.deepEqual(few[0], {
    sku: 'ABA-000001',
    name: 'Arroz blanco Espiga Serrana 500 g',
    category: 'Abarrotes',
    brand: 'Espiga Serrana',
    unit: 'Unidad',
    price: 1850,
    tax: 0,
    image: '/static/catalog/abarrotes.svg',
  })
})

test('in fifty thousand products no SKU and no name comes twice', () => {
  const products = [...generateProducts(50_000)]

  assert.equal(new Set(products.map(({ sku }) => sku)).size, 50_000)
  assert.equal(new Set(products.map(({ name }) => name)).size, 50_000)
})

test('a small catalogue already spreads over the categories, taxes and sizes of a store', () => {
  const products = [...generateProducts(1_200)]

  assert.ok(new Set(products.map(({ category }) => category)).size >= 15)
  assert.deepEqual(
    [...new Set(products.map(({ tax }) => tax))].sort((a, b) => a - b),
    [0, 5, 19],
  )
  assert.ok(products.filter(({ name }) => name.endsWith('1 kg')).length > 30)
  assert.ok(products.every(({ price }) => price >= 10 && price < 200_000))
})

test('every family has kinds, brands, sizes and a small drawing', async () => {
  for (const family of productFamilies) {
    const drawing = await readFile(new URL(`../public/catalog/${family.slug}.svg`, import.meta.url), 'utf8')

    assert.match(drawing, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/)
    assert.ok(drawing.length < 1_500)
    assert.ok(family.brands.length > 0 && family.kinds.every((kind) => kind.sizes.length > 0 && kind.cost > 0))
  }
  assert.equal(new Set(productFamilies.map(({ slug }) => slug)).size, productFamilies.length)
})

test('a generated list is a price list without a single bad line', () => {
  const list = readPriceList(Buffer.from([...generatedPriceList(2_500)].join('')))

  assert.deepEqual([list.count, list.lines.length], [2_500, 2_500])
  assert.deepEqual([list.badLines, list.repeated, list.damaged, list.ignoredColumns], [[], [], [], []])
})

test('a count that is no number of products is refused', () => {
  for (const count of [-1, 1.5, 1_000_001, Number.NaN]) assert.throws(() => [...generateProducts(count)], RangeError)
})
