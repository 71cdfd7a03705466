import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bedDrivers } from '../../test/support/bed-place.ts'
import { TestBed } from '../../test/support/copy-test-bed.ts'
import { contains } from './sql.ts'

for (const driver of bedDrivers)
  test(`a search finds letters in either case, with accents too, on ${driver}`, async () => {
    await using bed = await TestBed.open(driver)
    const { companyId } = await bed.register()
    await bed.central
      .updateTable('vnt_companies')
      .set({ businessName: 'TIENDA ÑANDÚ 100 % Café' })
      .where('id', '=', companyId)
      .execute()
    const find = (part: string) =>
      bed.central.selectFrom('vnt_companies').select('id').where(contains('businessName', part)).execute()

    const found = await Promise.all(['ñandú', 'ÑANDÚ', 'CAFÉ', 'café', '100 %', '100_%', 'té'].map(find))

    assert.deepEqual(
      found.map((rows) => rows.length),
      [1, 1, 1, 1, 1, 0, 0],
    )
  })
