import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SkuIndex } from './sku-index.ts'

test('ids are found by their SKU, all of them, and hardly another', () => {
  const index = new SkuIndex()
  for (let id = 1; id <= 5_000; id += 1) index.add(`SKU-${id}`, id)
  index.add('SKU-7', 9_000)
  index.add('SKU-7', 9_000)
  index.add('', 9_001)

  assert.deepEqual(index.find('SKU-7').toSorted(), [7, 9_000])
  assert.deepEqual(index.find(''), [9_001])
  assert.deepEqual(index.find('SKU-5001'), [])
  const others = Array.from({ length: 5_000 }, (_, index_) => index.find(`SKU-${index_ + 1}`).length)
  assert.ok(others.reduce((sum, count) => sum + count) < 5_010)
})

test('a million products take 16 MiB', () => {
  const before = process.memoryUsage().arrayBuffers
  const index = new SkuIndex()
  for (let id = 1; id <= 1_000_000; id += 1) index.add(`7702${id}`, id)

  globalThis.gc?.()
  const bytes = process.memoryUsage().arrayBuffers - before

  assert.ok(index.find('7702999999').includes(999_999))
  assert.ok(bytes < 40 * 1024 * 1024, `${bytes} bytes`)
})
