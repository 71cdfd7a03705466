import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mostTries, retryPauseSeconds } from './retry-pause.ts'

test('eight tries take about a day, each pause longer than the one before, whatever chance says', () => {
  for (const random of [() => 0, () => 0.5, () => 1]) {
    const pauses = Array.from({ length: mostTries }, (_, tried) => retryPauseSeconds(tried + 1, random))

    assert.equal(pauses.at(-1), undefined)
    const numbers = pauses.filter((pause) => pause !== undefined)
    assert.equal(numbers.length, 7)
    assert.deepEqual(
      numbers,
      numbers.toSorted((a, b) => a - b),
    )
    const hours = numbers.reduce((sum, pause) => sum + pause, 0) / 3_600
    assert.ok(hours > 19 && hours < 30, `${hours}`)
  }
})
