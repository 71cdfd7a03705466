import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ColumnRoom, type RoomValues, StoreRoom } from './verify-room.ts'

const values: RoomValues = {
  sku: 'SKU-1',
  name: 'Café «Águila» 1 € – ½',
  category: 'Granos',
  taxName: 'IVA',
  taxPercentage: 19.5,
  image: null,
  brand: null,
  unit: 'Libra',
  cost: 1_000,
  price: 3_000_000_000,
}

const text = { table: 'tat_items', column: 'name', type: 'varchar(255)', octets: null, precision: null, scale: null }
const number = { table: 'tat_items', column: 'price', length: null, octets: null, charset: null }
const percentage = { ...number, table: 'cnf_taxes', column: 'percentage' }

const roomy: readonly (readonly [column: ColumnRoom, change?: Partial<RoomValues>])[] = [
  [{ ...text, length: 255, charset: 'latin1' }],
  [{ ...text, length: 21, charset: 'utf8mb4' }],
  [{ ...text, length: 10, charset: 'utf8mb4' }, { name: '🥑'.repeat(10) }],
  [{ ...text, length: 255, charset: 'utf8mb3' }, { name: '日本Ω' }],
  [{ ...text, length: null, charset: null }, { name: 'x'.repeat(9_000) }],
  [{ ...text, length: null, charset: 'LATIN1' }, { name: 'Café ñ' }],
  [{ ...text, length: 255, octets: 255, charset: 'latin1' }, { name: 'ñ'.repeat(255) }],
  [{ ...number, type: 'numeric', precision: 5, scale: 2046 }, { price: 100 }],
  [{ ...text, length: 255, charset: 'gb18030' }, { name: '日本' }],
  [{ ...text, column: 'img_path', length: 1, charset: 'ascii' }],
  [{ ...text, table: 'other', length: 1, charset: 'ascii' }],
  [{ ...number, type: 'int(10) unsigned', precision: 10, scale: 0 }],
  [{ ...number, type: 'bigint', precision: 64, scale: 0 }],
  [{ ...number, type: 'decimal(12,2)', precision: 12, scale: 2 }],
  [{ ...number, type: 'numeric', precision: null, scale: null }],
  [{ ...number, type: 'double precision', precision: 53, scale: null }],
  [{ ...percentage, type: 'decimal(3,1)', precision: 3, scale: 1 }],
  [{ ...percentage, type: 'double', precision: 22, scale: null }],
]

for (const [column, change = {}] of roomy)
  test(`${column.table}.${column.column} as ${column.type} ${column.charset ?? ''} has room for ${JSON.stringify(change)}`, () => {
    assert.ok(new StoreRoom([column]).takes({ ...values, ...change }))
  })

const narrow: readonly (readonly [column: ColumnRoom, change?: Partial<RoomValues>])[] = [
  [{ ...text, length: 20, charset: 'utf8mb4' }],
  [{ ...text, length: 255, charset: 'latin1' }, { name: 'Arroz Ω' }],
  [{ ...text, length: 255, charset: 'ascii' }],
  [{ ...text, length: 255, octets: 255, charset: 'utf8mb4' }, { name: 'ñ'.repeat(200) }],
  [{ ...text, length: null, charset: 'LATIN1' }, { name: '1 €' }],
  [{ ...text, length: 255, charset: 'utf8mb3' }, { name: '🥑' }],
  [{ ...text, column: 'NAME', length: 20, charset: 'utf8mb4' }],
  [{ ...text, table: 'tat_categories', length: 3, charset: null }],
  [{ ...text, column: 'unit', length: 3, charset: null }],
  [{ ...number, type: 'int(11)', precision: 10, scale: 0 }],
  [{ ...number, type: 'integer', precision: 32, scale: 0 }],
  [{ ...number, type: 'int(10) unsigned', precision: 10, scale: 0 }, { price: 2 ** 32 }],
  [{ ...number, type: 'decimal(11,2)', precision: 11, scale: 2 }],
  [{ ...percentage, type: 'decimal(5,0)', precision: 5, scale: 0 }],
  [{ ...percentage, type: 'tinyint(4)', precision: 3, scale: 0 }],
  [{ ...percentage, type: 'numeric', precision: 5, scale: 2 }, { taxPercentage: 5.555 }],
]

for (const [column, change = {}] of narrow)
  test(`${column.table}.${column.column} as ${column.type} ${column.charset ?? ''} has none for ${JSON.stringify(change)}`, () => {
    assert.ok(!new StoreRoom([column]).takes({ ...values, ...change }))
  })
