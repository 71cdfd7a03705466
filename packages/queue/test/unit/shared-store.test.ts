import assert from 'node:assert/strict'
import { test } from 'node:test'
import { foreverSeconds } from '../../src/shared-store.ts'

const tenYears = 315_360_000
const lastSecondOf31Bits = 2_147_483_647

test('for ever is ten years', () => {
  assert.equal(foreverSeconds(Date.UTC(2026, 0, 1)), tenYears)
})

test('for ever ends where a column of 31 bits does, as long as it holds a moment', () => {
  const now = Date.UTC(2037, 0, 1)

  const until = now / 1000 + foreverSeconds(now)

  assert.ok(until > lastSecondOf31Bits - 86_400 && until <= lastSecondOf31Bits, `${until}`)
})

test('beyond 2038 it is ten years again', () => {
  assert.equal(foreverSeconds(Date.UTC(2038, 0, 20)), tenYears)
})
