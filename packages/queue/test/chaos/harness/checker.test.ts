import assert from 'node:assert/strict'
import { test } from 'node:test'
import { check, type DatabaseState, killsThatHit } from './checker.ts'
import type { LedgerEntry, LedgerEvent } from './ledger.ts'

const nothing: DatabaseState = { effects: [], failed: [], waiting: [] }
const dispatched: readonly LedgerEvent[] = [
  { event: 'enqueue-try', uuid: 'a', kind: 'plain' },
  { event: 'enqueue-ok', uuid: 'a' },
]
const started = { event: 'start', uuid: 'a', attempt: 1 } as const
const returned = { event: 'end', uuid: 'a', attempt: 1, how: 'returned' } as const
const threw = { event: 'end', uuid: 'a', attempt: 1, how: 'threw' } as const
const done = { event: 'done', uuid: 'a', attempt: 1 } as const
const released = { event: 'released', uuid: 'a', attempt: 1 } as const
const kill = { event: 'signal', signal: 'SIGKILL', hit: [1], family: [1] } as const

test('a job that ran once and has its effect is in order', () => {
  const { violations, figures } = check({
    entries: ledger(dispatched, by(1, started, returned, done)),
    database: { ...nothing, effects: ['a'] },
  })

  assert.deepEqual(violations, [])
  assert.equal(figures.done, 1)
  assert.equal(figures.restarts, 0)
})

test('an acknowledged job that is nowhere is lost', () => {
  const { violations, figures } = check({ entries: ledger(dispatched), database: nothing })

  assert.deepEqual(violations, ['Job a (plain) was acknowledged and is lost.'])
  assert.equal(figures.lost, 1)
})

test('a job that nobody dispatched is unexpected', () => {
  const { figures } = check({ entries: [], database: { ...nothing, waiting: ['b'] }, isDrained: false })

  assert.equal(figures.unexpected, 1)
})

test('a job whose dispatch was not answered may be there or not, but not twice', () => {
  const entries = ledger(dispatched.slice(0, 1))
  const waiting = (...uuids: readonly string[]) =>
    check({ entries, database: { ...nothing, waiting: uuids }, isDrained: false })

  assert.deepEqual([waiting().violations, waiting('a').violations], [[], []])
  assert.equal(waiting('a').figures.recovered, 1)
  assert.deepEqual(waiting('a', 'a').violations, ['Job a (plain) is in more than one place.'])
})

test('a job that is left when all should be done is named', () => {
  const { violations } = check({ entries: ledger(dispatched), database: { ...nothing, waiting: ['a'] } })

  assert.deepEqual(violations, ['Job a (plain) was never ended.'])
})

test('an effect that is there twice is doubled', () => {
  const { violations, figures } = check({
    entries: ledger(dispatched, by(1, started, returned, done)),
    database: { ...nothing, effects: ['a', 'a'] },
  })

  assert.deepEqual(violations, ['Job a (plain) has 2 effects.'])
  assert.equal(figures.doubled, 1)
})

test('an effect that its handler writes by itself may be there as often as the job ran', () => {
  const entries = ledger(
    [
      { event: 'enqueue-try', uuid: 'a', kind: 'unfenced' },
      { event: 'enqueue-ok', uuid: 'a' },
    ],
    by(1, started, kill),
    by(2, started, returned, done),
  )
  const withEffects = (times: number) => check({ entries, database: { ...nothing, effects: Array(times).fill('a') } })

  assert.deepEqual(withEffects(2).violations, [])
  assert.equal(withEffects(2).figures['doubled unfenced'], 1)
  assert.deepEqual(withEffects(3).violations, ['Job a (unfenced) has 3 effects, more than it has runs.'])
})

test('a job that failed although nothing in it fails is named', () => {
  const { violations } = check({ entries: ledger(dispatched), database: { ...nothing, failed: ['a'] } })

  assert.deepEqual(violations, ['Job a (plain) failed, and nothing in it fails.'])
})

test('a re-start after a kill, a stop, a stall or a late renewal is explained by it', () => {
  const again = by(2, started, returned, done)
  const reasons = [
    [kill, 'killed'],
    [{ ...kill, signal: 'SIGSTOP' }, 'stopped'],
    [{ event: 'stall', ms: 900 }, 'stalled'],
    [{ event: 'slow-renewal', ms: 900 }, 'slow database'],
  ] as const
  for (const [fault, reason] of reasons) {
    const { violations, figures } = check({
      entries: ledger(dispatched, by(1, started, fault), again),
      database: { ...nothing, effects: ['a'] },
    })

    assert.deepEqual(violations, [])
    assert.deepEqual([figures.restarts, figures[reason]], [1, 1])
  }
})

test('a re-start after an error that was told is a try', () => {
  const secondTry = by(2, { ...started, attempt: 2 }, { ...returned, attempt: 2 }, { ...done, attempt: 2 })
  const { violations, figures } = check({
    entries: ledger(dispatched, by(1, started, threw, released), secondTry),
    database: { ...nothing, effects: ['a'] },
  })

  assert.deepEqual(violations, [])
  assert.deepEqual([figures.restarts, figures.retries], [0, 1])
})

test('a re-start after the worker had to stop is explained by that, and was no try', () => {
  const again = by(2, started, returned, done)
  const { violations, figures } = check({
    entries: ledger(dispatched, by(1, started, { ...released, event: 'given-back' }, threw), again),
    database: { ...nothing, effects: ['a'] },
  })

  assert.deepEqual(violations, [])
  assert.equal(figures['given back'], 1)
})

test('a re-start that no fault explains is a violation', () => {
  const { violations, figures } = check({
    entries: ledger(dispatched, by(1, started), by(2, started, returned, done)),
    database: { ...nothing, effects: ['a'] },
  })

  assert.equal(figures.unexplained, 1)
  assert.match(violations[0] ?? '', /^Job a \(plain\) ran again without a reason: try 1 in process 1/)
})

test('a kill does not explain that a job runs again which was done before', () => {
  const { figures } = check({
    entries: ledger(dispatched, by(1, started, returned, done, kill), by(2, started, returned, done)),
    database: { ...nothing, effects: ['a'] },
  })

  assert.equal(figures.unexplained, 1)
})

test('what was told to be done and has left no effect is lost', () => {
  const { violations } = check({ entries: ledger(dispatched, by(1, started, returned, done)), database: nothing })

  assert.deepEqual(violations, ['Job a (plain) was acknowledged and is lost.'])
})

test('a job that always fails and has left no failure is lost, whatever was told', () => {
  const entries = ledger(
    [
      { event: 'enqueue-try', uuid: 'a', kind: 'failing' },
      { event: 'enqueue-ok', uuid: 'a' },
    ],
    by(1, started, threw, done),
  )

  assert.deepEqual(check({ entries, database: nothing }).violations, ['Job a (failing) was acknowledged and is lost.'])
})

test('a kill or a stall explains nothing that began long after it', () => {
  const again = by(2, { ...started, t: 62_000 }, returned, done)
  const faults = [
    [kill, { ...started, t: 61_000 }],
    [started, { event: 'stall', ms: 251, t: 2_300 }],
  ] as const
  for (const before of faults) {
    const { figures } = check({
      entries: ledger(dispatched, by(1, ...before), again),
      database: { ...nothing, effects: ['a'] },
    })

    assert.equal(figures.unexplained, 1)
  }
})

test('the kill of another worker explains nothing', () => {
  const { figures } = check({
    entries: ledger(dispatched, by(1, started, { ...kill, hit: [3], family: [3] }), by(2, started, returned, done)),
    database: { ...nothing, effects: ['a'] },
  })

  assert.equal(figures.unexplained, 1)
})

test('the kill of a parent does not explain that the job of its runner, which lives on, runs elsewhere', () => {
  const { figures } = check({
    entries: ledger(
      dispatched,
      by(1, started, { ...kill, hit: [9], family: [9, 1] }),
      by(2, started),
      by(1, returned),
      by(2, returned, done),
    ),
    database: { ...nothing, effects: ['a'] },
  })

  assert.deepEqual([figures.unexplained, figures['side by side']], [1, 1])
})

test('a kill that costs a try is a violation', () => {
  const { violations } = check({
    entries: ledger(dispatched, by(1, started, kill), by(2, { ...started, attempt: 2 }, returned, done)),
    database: { ...nothing, effects: ['a'] },
  })

  assert.deepEqual(violations, ['Job a (plain) was on try 2, and 1 to 1 are accounted for.'])
})

test('a process that ends unasked is a violation', () => {
  const exit = { event: 'exit', process: 7, code: 1, signal: null } as const
  const { violations } = check({
    entries: ledger([
      { ...exit, wasAsked: false },
      { ...exit, wasAsked: true },
    ]),
    database: nothing,
  })

  assert.deepEqual(violations, ['Process 7 ended by itself with 1.'])
})

test('a kill counts as a hit when a handler runs in a process that it hits', () => {
  assert.equal(killsThatHit(ledger(by(1, started, kill))), 1)
  assert.equal(killsThatHit(ledger(by(1, started, { ...kill, hit: [9], family: [9, 1] }))), 0)
  assert.equal(killsThatHit(ledger(by(1, started, returned, kill))), 0)
  assert.equal(killsThatHit(ledger(by(2, started, kill))), 0)
})

/** One process after the other, a millisecond between two lines unless they say when. */
function ledger(...parts: readonly (readonly Line[])[]): readonly LedgerEntry[] {
  return parts.flat().map((event, index) => ({ pid: 0, t: 1_000 + index, ...event }))
}

type Line = LedgerEvent & Partial<Pick<LedgerEntry, 'pid' | 't'>>

function by(pid: number, ...events: readonly Line[]): readonly Line[] {
  return events.map((event) => ({ ...event, pid }))
}
