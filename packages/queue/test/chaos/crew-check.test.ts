import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CrewRun } from './crew.ts'
import { checkCrew, type Outage } from './crew-check.ts'
import type { CrewClaim } from './crew-claims.ts'

const retryAfter = 2
const deadline = 1
const cutOff: Outage = { from: 1_500, to: 4_000, worker: 0 }

test('a job that runs again after its reservation ended in an outage is in order', () => {
  const violations = judge([first(), second()], [cutOff])

  assert.deepEqual(violations, [])
})

test('a job that runs again while its reservation lasts is not, whatever was cut off', () => {
  const violations = judge([first({ renewedAt: 4_300 }), second()], [cutOff])

  assert.deepEqual(violations, ['Job a (it had been reserved 200 ms ago) ran again without a reason.'])
})

test('a job whose reservation ended without an outage of its worker is not', () => {
  for (const outage of [
    { ...cutOff, worker: 1 },
    { ...cutOff, from: 9_000, to: 10_000 },
    { ...cutOff, from: -9_000, to: -8_000 },
  ]) {
    const violations = judge([first(), second()], [outage])

    assert.deepEqual(violations, ['Job a (its worker 0 could renew its reservation) ran again without a reason.'])
  }
})

test('a job that had ended must not run again', () => {
  const violations = judge([first({ hasEnded: true }), second()], [cutOff])

  assert.deepEqual(violations, ['Job a (it had ended) ran again without a reason.'])
})

test('one claim is good for one run', () => {
  const run = first()
  const violations = judge([run, { ...run, startedAt: 4_500, endedAt: 4_540 }], [cutOff])

  assert.deepEqual(violations, ['Job a (nobody claimed it) ran again without a reason.'])
})

test('only a handler that failed costs a try', () => {
  const violations = judge([first(), { ...second(), attempt: 2 }], [cutOff])

  assert.deepEqual(violations, ['Job a (try 2) has more tries than its handler failed.'])
})

test('a job that is done must be told', () => {
  const violations = judge([first()], [], ['a'])

  assert.deepEqual(violations, ['Job a is done, and nobody has told the database.'])
})

function judge(runs: readonly CrewRun[], outages: readonly Outage[], forgotten: readonly string[] = []) {
  const crew = {
    runs: [...runs],
    tried: new Map([['a', 'plain' as const]]),
    acknowledged: new Set(['a']),
    ended: [],
    stalls: [],
    forgotten,
  }
  const database = { effects: [], failed: [], waiting: [] }
  return checkCrew({ crew, outages, database, retryAfter, deadline }).violations
}

function first(claim: Partial<CrewClaim> = {}): CrewRun {
  return {
    ...{ id: 'a', worker: 0, attempt: 1, startedAt: 1_010, endedAt: 1_050, how: 'returned' },
    claim: claimed({ answeredAt: 1_005, renewedAt: 1_000, ...claim }),
  }
}

function second(): CrewRun {
  return {
    ...{ id: 'a', worker: 1, attempt: 1, startedAt: 4_510, endedAt: 4_550, how: 'returned' },
    claim: claimed({ answeredAt: 4_500, renewedAt: 4_490 }),
  }
}

function claimed(times: Pick<CrewClaim, 'answeredAt' | 'renewedAt'> & Partial<CrewClaim>): CrewClaim {
  return { id: 'a', wasAskedToEnd: true, wasAnswered: false, hasEnded: false, ...times }
}
