import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ShownLinks } from './shown-links.ts'

const activation = { token: 'x', expiresAt: new Date(0) }

test('a link is shown for ten minutes, however often, and to its own store alone', (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: 0 })
  const links = new ShownLinks()
  links.keep(1, activation)

  t.mock.timers.tick(10 * 60_000 - 1)
  const inTime = [links.find(1), links.find(1), links.find(2)]
  t.mock.timers.tick(1)

  assert.deepEqual(inTime, [activation, activation, undefined])
  assert.equal(links.find(1), undefined)
})

test('no more than a thousand links are kept, the newest', () => {
  const links = new ShownLinks()
  for (let companyId = 1; companyId <= 1_001; companyId += 1) links.keep(companyId, activation)

  assert.equal(links.find(1), undefined)
  assert.deepEqual([links.find(2), links.find(1_001)], [activation, activation])
})
