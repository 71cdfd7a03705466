import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ClockSkewError } from '../../src/errors.ts'
import { DatabaseClock } from '../../src/worker/database-clock.ts'

for (const [title, seconds, secondsAhead] of [
  ['ahead of', -60, 60],
  ['behind', 3_600, -3_600],
] as const) {
  test(`a machine that is ${title} its database is told once`, async () => {
    const told: ClockSkewError[] = []
    using clock = new DatabaseClock({ now: async () => Date.now() / 1000 + seconds }, (error) => told.push(error))

    await clock.start()
    await clock.start()

    assert.deepEqual(
      told.map((error) => [error.code, Math.round(error.secondsAhead)]),
      [['CLOCK_SKEW', secondsAhead]],
    )
    assert.match(told[0]?.message ?? '', new RegExp(`is ${Math.abs(seconds)} seconds ${title} `))
    assert.ok(Math.abs(clock.now() - Date.now() - seconds * 1000) < 1_000)
  })
}

test('clocks that differ by less than two seconds are nobody’s trouble', async () => {
  const told: ClockSkewError[] = []
  using clock = new DatabaseClock({ now: async () => Date.now() / 1000 + 1.5 }, (error) => told.push(error))

  await clock.start()

  assert.deepEqual(told, [])
})

test('a skew that ended and came again is told again', async () => {
  const told: ClockSkewError[] = []
  const skews = [60, 0, 60]
  using clock = new DatabaseClock({ now: async () => Date.now() / 1000 + (skews.shift() ?? 0) }, (error) =>
    told.push(error),
  )

  for (const _ of [...skews]) await clock.start()

  assert.equal(told.length, 2)
})

test('while the database cannot be asked it is the time of this machine', async () => {
  const refuse = async () => {
    throw new Error('nobody answers')
  }
  using clock = new DatabaseClock({ now: refuse }, () => assert.fail())

  await clock.start()

  assert.ok(Math.abs(clock.now() - Date.now()) < 1_000)
})
