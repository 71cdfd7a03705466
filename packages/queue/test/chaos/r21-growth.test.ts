import assert from 'node:assert/strict'
import { test } from 'node:test'
import { complaintsOf, growthOf, type Sample } from './r21-growth.ts'

/** Twenty minutes of samples, of which some are out of line, with so many megabytes more at the end of an hour. */
function soaked({ leakPerHour = 0, handlesLost = 0 }): readonly Sample[] {
  return Array.from({ length: 240 }, (_, index) => ({
    t: index * 5_000,
    heapMegabytes: 20 + (leakPerHour * index) / 720 + Math.sin(index) / 2 + (index % 17 === 3 ? 8 : 0),
    residentMegabytes: 90,
    handles: 20 + (index % 2) + Math.floor((handlesLost * index) / 240),
  }))
}

test('a process that keeps nothing has no complaints in a soak', () => {
  assert.deepEqual(complaintsOf('runner', growthOf(soaked({}))), [])
})

test('a leak of a few megabytes an hour is seen in a soak', () => {
  const [complaint] = complaintsOf('runner', growthOf(soaked({ leakPerHour: 15 })))

  assert.match(complaint ?? '', /^The heap of the runner grows by 1[45]\.\d MB an hour/)
})

test('files that are not closed are seen in a soak', () => {
  const [complaint] = complaintsOf('parent', growthOf(soaked({ handlesLost: 6 })))

  assert.match(complaint ?? '', /files of the parent were open/)
})
