import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { OutcomeCounts } from '../plan/outcomes.ts'
import {
  actionsIn,
  activeStates,
  canMove,
  endStateOf,
  isActiveState,
  type RunAction,
  type RunState,
  runActions,
  runStates,
  statesBefore,
} from './run-state.ts'

const legal: readonly (readonly [from: RunState, to: RunState])[] = [
  ['pending', 'running'],
  ['pending', 'paused'],
  ['pending', 'failed'],
  ['pending', 'cancelled'],
  ['running', 'paused'],
  ['running', 'completed'],
  ['running', 'completed_with_errors'],
  ['running', 'failed'],
  ['running', 'cancelled'],
  ['paused', 'pending'],
  ['paused', 'cancelled'],
  ['completed', 'paused'],
  ['completed_with_errors', 'paused'],
  ['failed', 'pending'],
  ['failed', 'running'],
  ['failed', 'paused'],
  ['cancelled', 'pending'],
  ['cancelled', 'paused'],
]

for (const from of runStates) {
  for (const to of runStates) {
    const isLegal = legal.some((move) => move[0] === from && move[1] === to)

    test(`a run that is ${from} ${isLegal ? 'may' : 'may not'} become ${to}`, () => {
      assert.equal(canMove(from, to), isLegal)
      assert.equal(statesBefore(to).includes(from), isLegal)
    })
  }
}

test('every state can be reached, and a run that has completed is never copied again', () => {
  const reached = new Set<RunState>(['pending'])
  for (const _ of runStates) for (const [from, to] of legal) if (reached.has(from)) reached.add(to)

  assert.deepEqual(reached, new Set(runStates))
  for (const state of ['completed', 'completed_with_errors'] as const) {
    assert.deepEqual(
      runStates.filter((to) => canMove(state, to)),
      ['paused'],
    )
    assert.deepEqual(actionsIn(state), ['undo'])
  }
})

test('a run that waits, runs or is paused holds its store', () => {
  assert.deepEqual(runStates.filter(isActiveState), [...activeStates])
})

const offered: Readonly<Record<RunState, readonly RunAction[]>> = {
  pending: ['pause', 'cancel'],
  running: ['pause', 'cancel'],
  paused: ['resume', 'cancel', 'undo'],
  completed: ['undo'],
  completed_with_errors: ['undo'],
  failed: ['resume', 'undo'],
  cancelled: ['resume', 'undo'],
}

for (const state of runStates) {
  test(`a run that is ${state} can be asked for: ${offered[state].join(', ') || 'nothing'}`, () => {
    assert.deepEqual(actionsIn(state), offered[state])
    for (const action of actionsIn(state)) {
      const { to } = runActions[action]
      assert.ok(to === state || canMove(state, to))
    }
  })
}

const none: OutcomeCounts = { copied: 0, updated: 0, unchanged: 0, skipped: 0, errors: 0 }

for (const [what, counts, total, end] of [
  ['nothing to copy', none, 0, 'completed'],
  ['no error', { ...none, copied: 3, skipped: 2 }, 5, 'completed'],
  ['all skipped', { ...none, skipped: 5 }, 5, 'completed'],
  ['some errors', { ...none, copied: 4, errors: 1 }, 5, 'completed_with_errors'],
  ['errors beside skipped ones', { ...none, skipped: 4, errors: 1 }, 5, 'completed_with_errors'],
  ['errors only', { ...none, errors: 5 }, 5, 'failed'],
  ['errors only, and products without an outcome', { ...none, errors: 5 }, 9, 'failed'],
  ['products without an outcome', { ...none, copied: 5 }, 9, 'completed_with_errors'],
] as const) {
  test(`a run with ${what} ends ${end}`, () => {
    assert.equal(endStateOf(counts, total), end)
  })
}

test('a run with an error never ends completed, and every end is a legal one of a run at work', () => {
  const count = fc.nat(3)
  const counts = fc.record({ copied: count, updated: count, unchanged: count, skipped: count, errors: count })
  fc.assert(
    fc.property(counts, (outcome) => {
      const end = endStateOf(outcome)

      assert.equal(end === 'completed', outcome.errors === 0)
      assert.ok(canMove('running', end))
    }),
  )
})
