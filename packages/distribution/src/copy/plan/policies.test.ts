import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { arbitraryPolicies } from '../../../test/support/arbitrary-rules.ts'
import { InvalidRuleError } from '../../catalog/rule-fields.ts'
import { defaultPolicies, parseCopyPolicies } from './policies.ts'

test('policies read back from their JSON, as text or parsed', () => {
  fc.assert(
    fc.property(arbitraryPolicies, (policies) => {
      assert.deepEqual(parseCopyPolicies(JSON.stringify(policies)), policies)
      assert.deepEqual(parseCopyPolicies(structuredClone(policies)), policies)
    }),
  )
})

test('a distributor that has set one policy has the defaults for the others', () => {
  assert.deepEqual(parseCopyPolicies({}), defaultPolicies)
  assert.deepEqual(parseCopyPolicies({ skuConflict: 'suffix' }), { ...defaultPolicies, skuConflict: 'suffix' })
})

const invalid: readonly (readonly [field: string, json: unknown, shown: string])[] = [
  ['skuConflict', { skuConflict: 'rename' }, '«rename»'],
  ['genericProduct', { genericProduct: 'inactive' }, '«inactive»'],
  ['combo', { combo: true }, '«true»'],
  ['notInventoriable', { notInventoriable: null }, '«null»'],
  ['minMarginPercent', { minMarginPercent: 96 }, '«96»'],
  ['minMarginPercent', { minMarginPercent: '10' }, '«10»'],
  ['copyPolicies', { withoutPrice: 'copy' }, '«withoutPrice»'],
  ['copyPolicies', [], '«[]»'],
  ['copyPolicies', '{"combo":', '«{"combo":»'],
]

for (const [field, json, shown] of invalid) {
  test(`the policies ${JSON.stringify(json)} are refused with the field and the value`, () => {
    assert.throws(
      () => parseCopyPolicies(json),
      (error) => {
        assert.ok(error instanceof InvalidRuleError)
        assert.equal(error.field, field)
        for (const text of [error.text.es, error.text.en]) assert.ok(text.includes(shown), text)
        return true
      },
    )
  })
}
