import assert from 'node:assert/strict'
import { test } from 'node:test'
import { standardRules } from '../copy/copy-rules.ts'
import { rulesRevision } from './rules-revision.ts'

test('rules are another revision when any of them changes', () => {
  const { strategy, policies } = standardRules

  const other = { policies, strategy: { ...strategy, version: strategy.version + 1 } }

  assert.equal(rulesRevision(standardRules), rulesRevision({ strategy, policies }))
  assert.notEqual(rulesRevision(standardRules), rulesRevision(other))
})
