import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Pace } from '../../src/worker/pace.ts'

test('nothing is held before it is known how fast jobs end', () => {
  assert.equal(new Pace().held, 0)
})

test('a quarter of a second of work is held', () => {
  assert.equal(run({ jobs: 100, takingMs: 10 }).held, 25)
})

test('no more than 4,000 short jobs are held, and none that take a second', () => {
  assert.equal(run({ jobs: 1_000, takingMs: 0.01 }).held, 4_000)
  assert.equal(run({ jobs: 5, takingMs: 1_000 }).held, 0)
})

test('time in which no job ran does not make jobs look slow', () => {
  assert.equal(run({ jobs: 100, takingMs: 10, restingMs: 500 }).held, 25)
})

test('jobs that run side by side count together', () => {
  const pace = new Pace()
  for (let round = 0; round < 20; round += 1) {
    for (let runner = 0; runner < 10; runner += 1) pace.start(1 + round * 100)
    for (let runner = 0; runner < 10; runner += 1) pace.end(1 + round * 100 + 100)
  }
  assert.equal(pace.held, 25)
})

test('what was learnt can be forgotten', () => {
  const pace = run({ jobs: 100, takingMs: 10 })

  pace.forget()

  assert.equal(pace.held, 0)
})

function run({ jobs, takingMs, restingMs = 0 }: { jobs: number; takingMs: number; restingMs?: number }): Pace {
  const pace = new Pace()
  let now = 1
  for (let job = 0; job < jobs; job += 1) {
    pace.start(now)
    now += takingMs
    pace.end(now)
    now += restingMs
  }
  return pace
}
