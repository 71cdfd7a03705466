import { type Arbitrary, boolean, constantFrom, integer, nat, record } from 'fast-check'
import type { ClaimRequest } from '../../../src/connection.ts'
import { type Command, command, pick, type Weighted } from './command.ts'
import type { HeldJob, SimulatedWorker } from './simulated-worker.ts'

const worker = nat({ max: 2 })
const request = record({
  queues: constantFrom(['default'], ['high', 'default'], ['high', 'default'], ['default', 'high']),
  limit: integer({ min: 1, max: 5 }),
  containing: constantFrom(undefined, undefined, undefined, undefined, ['"kind":"common"'], ['"kind":"rare"'], []),
}).map(({ containing, ...rest }): ClaimRequest => ({ ...rest, ...(containing && { containing }) }))
/** Which of the jobs that a worker has; how many there are is not known beforehand. */
const which = nat({ max: 9 })
const delaySeconds = constantFrom(0, 0, 1, 20)

/** What workers do, each when it comes to its mind. */
export const workerCommands: readonly Weighted[] = [
  [
    20,
    record({ worker, request }).map(({ worker, request }) =>
      ofWorker(worker, `claims ${textOf(request)}`, (one) => one.claim(request)),
    ),
  ],
  [
    8,
    record({ worker, request, count: integer({ min: 1, max: 3 }) }).map(({ worker, request, count }) =>
      ofHolder(worker, `completes its ${count} oldest jobs and claims ${textOf(request)}`, (one) =>
        one.exchange(one.free.slice(0, count), request),
      ),
    ),
  ],
  [12, ending('completes', (one, held) => one.complete(held))],
  [8, ending('fails', (one, held) => one.fail(held))],
  [
    8,
    record({ worker, which, delaySeconds }).map(({ worker, which, delaySeconds }) =>
      ofHolder(worker, `releases its job ${which} for in ${delaySeconds} s`, (one) => {
        const held = pick(one.free, which)
        return held && one.release(held, delaySeconds)
      }),
    ),
  ],
  [
    8,
    record({ worker, count: integer({ min: 1, max: 3 }), delaySeconds }).map(({ worker, count, delaySeconds }) =>
      ofHolder(worker, `gives its ${count} newest jobs back unstarted, for in ${delaySeconds} s`, (one) =>
        one.unclaim(one.free.slice(-count), delaySeconds),
      ),
    ),
  ],
  [
    8,
    record({ worker, isEach: boolean() }).map(({ worker, isEach }) =>
      ofHolder(worker, `renews ${isEach ? 'all its jobs' : 'its oldest job'}`, (one) =>
        one.renew(isEach ? one.held : one.held.slice(0, 1)),
      ),
    ),
  ],
]

function ending(name: string, end: (worker: SimulatedWorker, held: HeldJob) => Promise<void>): Arbitrary<Command> {
  return record({ worker, which }).map(({ worker, which }) =>
    ofHolder(worker, `${name} its job ${which}`, (one) => {
      const held = pick(one.free, which)
      return held && end(one, held)
    }),
  )
}

/** Of a worker that has a job. */
function ofHolder(number: number, name: string, act: (worker: SimulatedWorker) => unknown): Command {
  return command({
    name: `w${number + 1} ${name}`,
    isPossible: ({ workers }) => workers[number]?.isRunning === true && workers[number].free.length > 0,
    act: ({ workers }) => workers[number] && act(workers[number]),
  })
}

function ofWorker(number: number, name: string, act: (worker: SimulatedWorker) => unknown): Command {
  return command({
    name: `w${number + 1} ${name}`,
    isPossible: ({ workers }) => workers[number]?.isRunning === true,
    act: ({ workers }) => workers[number] && act(workers[number]),
  })
}

function textOf({ queues, limit, containing }: ClaimRequest): string {
  return `${limit} of ${queues.join(', ')}${containing ? ` with ${containing.join(' or ') || 'no text'}` : ''}`
}
