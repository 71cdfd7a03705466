import { type Arbitrary, boolean, constant, constantFrom, nat, record } from 'fast-check'
import type { Fate } from '../world/simulated-process.ts'
import { type Command, command, type Weighted } from './command.ts'

const worker = nat({ max: 2 })
const seconds = constantFrom(1, 2, 5, 10, 20, 31, 31, 60)
const jump = constantFrom(-7200, -40, -5, 40, 7200)
const fates: readonly Exclude<Fate, 'answered'>[] = ['refused', 'unanswered', 'late', 'cut', 'again']

const sentences: Readonly<Record<Exclude<Fate, 'answered'>, string>> = {
  refused: 'does not arrive',
  unanswered: 'is carried out without an answer',
  late: 'is given up, and carried out some time',
  cut: 'is broken off after one statement of a transaction',
  again: 'is undone once and run again',
}

/** What happens to processes, to the network and to the clock. */
export const faultCommands: readonly Weighted[] = [
  [10, seconds.map((passed) => command({ name: `${passed} s pass`, act: ({ clock }) => clock.pass(passed) }))],
  [
    1,
    jump.map((bySeconds) =>
      command({ name: `somebody sets the clock by ${bySeconds} s`, act: (cluster) => cluster.setClock(bySeconds) }),
    ),
  ],
  [
    2,
    worker.map((number) =>
      command({
        name: `w${number + 1} stands still`,
        isPossible: ({ workers }) => workers[number]?.isRunning === true,
        act: (cluster) => cluster.workers[number] && cluster.pause(cluster.workers[number]),
      }),
    ),
  ],
  [
    4,
    constant(
      command({
        name: 'whoever stands still goes on',
        isPossible: ({ workers }) => workers.some(({ isRunning }) => !isRunning),
        act: ({ workers }) => {
          for (const { client } of workers) client.process.resume()
        },
      }),
    ),
  ],
  [
    2,
    worker.map((number) =>
      command({
        name: `w${number + 1} dies and starts anew`,
        act: (cluster) => cluster.workers[number] && cluster.kill(cluster.workers[number]),
      }),
    ),
  ],
  [8, fault()],
]

function fault(): Arbitrary<Command> {
  return record({ number: nat({ max: 5 }), fate: constantFrom(...fates), isForReservations: boolean() }).map(
    ({ number, fate, isForReservations }) =>
      command({
        name: `the next ${isForReservations ? 'write of a reservation' : 'thing'} that ${senders[number]} sends ${sentences[fate]}`,
        act: ({ clients }) => clients[number]?.process.expect(fate, isForReservations),
      }),
  )
}

const senders = ['w1', 'w2', 'w3', 'producer', 'operator', 'parent'] as const
