import assert from 'node:assert/strict'
import { test } from 'node:test'
import { idlePauseMs } from '../../src/worker/idle-pause.ts'

test('right after work the pause is short', () => {
  assert.equal(idlePauseMs(0, 3_000, 0.5), 20)
})

test('the longer nothing comes the longer the pause, up to the longest', () => {
  assert.equal(idlePauseMs(8_000, 3_000, 0.5), 1_000)
  assert.equal(idlePauseMs(60_000, 3_000, 0.5), 3_000)
})

test('it is spread by a quarter either way, so that an idle process asks less than once in two seconds', () => {
  assert.deepEqual([idlePauseMs(60_000, 3_000, 0), idlePauseMs(60_000, 3_000, 1)], [2_250, 3_750])
})

test('the longest pause may be shorter than the shortest', () => {
  assert.equal(idlePauseMs(0, 10, 0.5), 10)
})

test('however long it may be, it is a minute at the most', () => {
  assert.equal(idlePauseMs(Number.POSITIVE_INFINITY, 3_600_000, 0.5), 60_000)
})
