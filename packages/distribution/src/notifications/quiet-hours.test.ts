import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { endOfQuiet, parseQuietHours } from './quiet-hours.ts'

const night = { fromMinute: 21 * 60, untilMinute: 7 * 60 }

for (const [now, end] of [
  // Nine in the evening in Bogotá is two in the morning in UTC.
  ['2026-03-10T01:59:59Z', undefined],
  ['2026-03-10T02:00:00Z', '2026-03-10T12:00:00.000Z'],
  ['2026-03-10T04:59:59Z', '2026-03-10T12:00:00.000Z'],
  ['2026-03-10T11:59:59Z', '2026-03-10T12:00:00.000Z'],
  ['2026-03-10T12:00:00Z', undefined],
] as const)
  test(`at ${now} the night in Bogotá ends ${end ?? 'not, because it is day'}`, () => {
    assert.equal(endOfQuiet(night, new Date(now))?.toISOString(), end)
  })

test('whatever the hours, their end lies ahead within a day, and is loud', () => {
  const minute = fc.integer({ min: 0, max: 1_439 })
  const moment = fc.date({ min: new Date('2020-01-01'), max: new Date('2040-01-01'), noInvalidDate: true })
  fc.assert(
    fc.property(minute, minute, moment, (fromMinute, untilMinute, now) => {
      fc.pre(fromMinute !== untilMinute)
      const end = endOfQuiet({ fromMinute, untilMinute }, now)
      if (!end) return
      assert.ok(end > now && end.getTime() - now.getTime() <= 86_400_000)
      assert.equal(endOfQuiet({ fromMinute, untilMinute }, end), undefined)
    }),
  )
})

test('quiet hours are two times of day that differ', () => {
  assert.deepEqual(parseQuietHours('21:00-07:00'), night)
  assert.deepEqual(parseQuietHours('00:30–23:59'), { fromMinute: 30, untilMinute: 1_439 })
  for (const wrong of ['', '21-7', '24:00-07:00', '21:00-21:00', '21:00', '21:60-07:00'])
    assert.equal(parseQuietHours(wrong), undefined, wrong)
})
