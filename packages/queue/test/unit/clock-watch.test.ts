import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ClockWatch } from '../../src/connections/sql/clock-watch.ts'
import { eventually } from '../support/eventually.ts'

const start = 1_795_000_000

test('a clock that goes on is believed', () => {
  const watch = new ClockWatch(90)
  const sentAt = performance.now()

  watch.hasRead({ now: start, sentAt })
  watch.hasRead({ now: start + 1, sentAt })

  assert.equal(watch.isBelieved, true)
})

test('after a leap ahead nothing counts as expired until every holder had the time to renew', async () => {
  const watch = new ClockWatch(0.2)
  watch.hasRead({ now: start, sentAt: performance.now() })

  watch.hasRead({ now: start + 10, sentAt: performance.now() })

  assert.equal(watch.isBelieved, false)
  watch.hasRead({ now: start + 10.1, sentAt: performance.now() })
  assert.equal(watch.isBelieved, false)
  await eventually(() => watch.isBelieved)
})

test('an answer that was long on its way is no leap', () => {
  const watch = new ClockWatch(90)
  watch.hasRead({ now: start, sentAt: performance.now() - 9_000 })

  watch.hasRead({ now: start + 9, sentAt: performance.now() - 500 })

  assert.equal(watch.isBelieved, true)
})

test('a clock that was set back is believed, and its way forward again is a leap', () => {
  const watch = new ClockWatch(90)
  watch.hasRead({ now: start, sentAt: performance.now() })
  watch.hasRead({ now: start - 600, sentAt: performance.now() })
  assert.equal(watch.isBelieved, true)

  watch.hasRead({ now: start, sentAt: performance.now() })

  assert.equal(watch.isBelieved, false)
})
