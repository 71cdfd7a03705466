import assert from 'node:assert/strict'
import { test } from 'node:test'
import { trend } from './trend.ts'

const line = (slope: number) => Array.from({ length: 21 }, (_, x) => ({ x, y: 5 + slope * x }))

test('a trend is the slope of a line', () => {
  assert.equal(trend(line(2)), 2)
  assert.equal(trend(line(0)), 0)
  assert.equal(trend([{ x: 1, y: 1 }]), 0)
})

test('a trend does not follow a few outliers', () => {
  const points = line(1).map((point, index) => (index % 7 === 3 ? { ...point, y: 1_000 } : point))

  assert.ok(Math.abs(trend(points) - 1) < 0.2, String(trend(points)))
})

test('a trend of a whole day is found in a moment', () => {
  const day = Array.from({ length: 17_280 }, (_, x) => ({ x, y: 5 + 2 * x + (x % 9 === 4 ? 1_000 : 0) }))

  const startedAt = performance.now()
  const slope = trend(day)

  assert.ok(Math.abs(slope - 2) < 0.01, String(slope))
  assert.ok(performance.now() - startedAt < 2_000)
})
