import assert from 'node:assert/strict'
import { test } from 'node:test'
import { standardRules } from '../copy/copy-rules.ts'
import { preparePage, type SourceProduct } from '../copy/plan/plan.ts'
import { SourceCache } from './source-cache.ts'

test('a page is read once for all who ask for it, also at the same time', async () => {
  const { cache, reads, read } = newCache()

  const pages = await Promise.all([read('a', 'r1', 'p1'), read('a', 'r1', 'p1'), read('a', 'r1', 'p1')])

  assert.equal(pages[0], pages[2])
  assert.deepEqual(reads, ['a r1 p1'])
  assert.ok(cache.bytes > 0)
})

test('another state of the catalogue has pages of its own, and the old ones go', async () => {
  const { cache, reads, read } = newCache()
  await read('a', 'r1', 'p1')
  const before = cache.bytes

  await read('a', 'r2', 'p1')
  await read('a', 'r1', 'p1')

  assert.deepEqual(reads, ['a r1 p1', 'a r2 p1', 'a r1 p1'])
  assert.equal(cache.bytes, before)
})

test('never holds more than its limit: other distributors go first, then a catalogue keeps its first pages', async () => {
  const { cache, reads, read } = newCache(12_000)
  await read('b', 'r', 'p1')

  for (const page of ['p1', 'p2', 'p3', 'p4']) await read('a', 'r', page)
  reads.length = 0
  for (const page of ['p1', 'p2', 'p3', 'p4']) await read('a', 'r', page)
  await read('b', 'r', 'p1')

  assert.ok(cache.bytes <= 12_000)
  assert.deepEqual(reads, ['a r p3', 'a r p4', 'b r p1'])
})

test('what is made of a page is made once, for those who want it by the same rules, when several have read it', async () => {
  const { cache, read } = newCache()
  let made = 0
  const prepare = async () => {
    made += 1
    return { products: [], prepared: new Map(), hasOddSkus: false }
  }
  const first = await read('a', 'r', 'p1')
  assert.equal(cache.prepared(first, 'rules', prepare), undefined)
  const second = await read('a', 'r', 'p1')

  const pages = await Promise.all([cache.prepared(second, 'rules', prepare), cache.prepared(first, 'rules', prepare)])
  const other = await cache.prepared(second, 'other rules', prepare)

  assert.ok(pages[0] !== undefined && pages[0] === pages[1])
  assert.ok(other !== undefined && other !== pages[0])
  assert.equal(made, 2)
})

test('nothing is prepared for all where there is no room for it', async () => {
  const { cache, read } = newCache(12_000)
  const page = await read('a', 'r', 'p1')
  await read('a', 'r', 'p1')
  const other = await read('a', 'r', 'p2')
  await read('a', 'r', 'p2')
  const tooMuch = () => assert.fail('there is no room for it')

  assert.equal(cache.prepared(page, 'rules', tooMuch), undefined)
  assert.equal(cache.prepared(other, 'rules', tooMuch), undefined)
  assert.ok(cache.bytes <= 12_000)
})

test('what is prepared is counted once, after other distributors have gone for it, and not for a catalogue that has gone', async () => {
  const { cache, read } = newCache(14_000)
  await read('b', 'r', 'p1')
  const page = await read('a', 'r', 'p1')
  await read('a', 'r', 'p1')
  const pageAlone = cache.bytes / 2
  const prepare = () => preparePage(page, standardRules)

  await cache.prepared(page, 'rules', prepare)
  const counted = cache.bytes
  const again = await cache.prepared(page, 'other rules', prepare)
  const countedAgain = cache.bytes
  const replaced = await read('c', 'r', 'p1')
  await read('c', 'r', 'p1')
  await read('c', 'r2', 'p1')

  assert.equal(cache.has({ distributorId: 'b', revision: 'r' }), false)
  assert.ok(again)
  assert.deepEqual([counted, countedAgain], [pageAlone + 6_500, pageAlone + 6_500])
  assert.equal(cache.prepared(replaced, 'rules', prepare), undefined)
})

test('what could not be made of a page is made again for the next', async () => {
  const { cache, read } = newCache()
  const page = await read('a', 'r', 'p1')
  await read('a', 'r', 'p1')
  await assert.rejects(cache.prepared(page, 'rules', () => Promise.reject(new Error('no memory'))) ?? Promise.resolve())

  const prepared = await cache.prepared(page, 'rules', () => preparePage(page, standardRules))

  assert.equal(prepared?.products, page)
})

test('a page that could not be read is read again by the next', async () => {
  const { cache, read } = newCache()
  const broken = cache.page({ distributorId: 'a', revision: 'r' }, 'p1', () => Promise.reject(new Error('away')))

  await assert.rejects(broken, /away/)

  assert.equal((await read('a', 'r', 'p1')).length, 10)
})

/** Pages of ten products, some 4,500 bytes each. */
function newCache(maxBytes?: number) {
  const cache = new SourceCache(maxBytes === undefined ? {} : { maxBytes })
  const reads: string[] = []
  const read = (distributorId: string, revision: string, page: string) =>
    cache.page({ distributorId, revision }, page, async () => {
      reads.push(`${distributorId} ${revision} ${page}`)
      return Array.from({ length: 10 }, (_, index) => product(index + 1))
    })
  return { cache, reads, read }
}

function product(id: number): SourceProduct {
  return {
    id,
    sku: `SKU-${id}`,
    name: `Producto ${id}`,
    categoryId: null,
    categoryName: null,
    taxName: null,
    taxPercentage: null,
    basePrice: 1_000,
    imagePath: null,
    brandName: null,
    unitName: null,
    type: 'COMPRA NACIONAL',
    generic: 0,
    inventoriable: 1,
  }
}
