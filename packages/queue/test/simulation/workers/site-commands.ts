import { boolean, constant, constantFrom, integer, nat, record } from 'fast-check'
import type { Fate } from '../world/simulated-process.ts'
import { type Command, command, type Weighted } from './command.ts'
import type { SimulatedProgram } from './simulated-program.ts'
import type { Site } from './site.ts'

const number = nat({ max: 2 })
const job = record({
  seconds: constantFrom(0, 0, 0, 1, 8, 40),
  end: constantFrom('well', 'well', 'well', 'throws once', 'releases once', 'throws', 'crashes', 'dispatches'),
} as const)
const delay = constantFrom(0, 0, 0, 0, 5, 40)
const fates: readonly Exclude<Fate, 'answered'>[] = ['refused', 'unanswered', 'late', 'cut', 'again']

const senders = ['w1', 'w2', 'w3', 'producer', 'parent'] as const

const ofProgram = (index: number, name: string, doing: Pick<ProgramDoing, 'isPossible' | 'act'>): Command =>
  command({
    name: `w${index + 1} ${name}`,
    isPossible: ({ programs }) => programs[index] !== undefined && (doing.isPossible?.(programs[index]) ?? true),
    act: (site) => programs(site, index, doing.act),
  })

interface ProgramDoing {
  readonly isPossible?: (program: SimulatedProgram) => boolean
  readonly act: (program: SimulatedProgram, site: Site) => unknown
}

function programs(site: Site, index: number, act: ProgramDoing['act']): unknown {
  const program = site.programs[index]
  return program && act(program, site)
}

/** What happens to a queue that is worked: jobs come, time passes, processes end, stand still and are cut off. */
export const siteCommands: readonly Weighted[] = [
  [
    10,
    record({ job, delay, count: integer({ min: 1, max: 3 }) }).map(({ job, delay, count }) =>
      command({
        name: `producer dispatches ${count} that take ${job.seconds} s and end with "${job.end}", for in ${delay} s`,
        act: (site) => {
          for (let dispatched = 0; dispatched < count; dispatched += 1) site.dispatch(job, delay)
        },
      }),
    ),
  ],
  [
    14,
    integer({ min: 1, max: 12 }).map((steps) =>
      command({ name: `${steps} steps of the network`, act: (site) => site.network(steps) }),
    ),
  ],
  [
    5,
    constantFrom(0.05, 1, 10, 35).map((seconds) =>
      command({ name: `${seconds} s pass`, act: (site) => site.calm(seconds) }),
    ),
  ],
  [
    10,
    constantFrom(0.01, 0.5, 3, 12, 12, 32).map((seconds) =>
      command({ name: `${seconds} s pass without a network`, act: (site) => site.freeze(seconds) }),
    ),
  ],
  [
    1,
    constantFrom(-3600, -40, -5, 40, 3600).map((bySeconds) =>
      command({ name: `somebody sets the clock by ${bySeconds} s`, act: (site) => site.setClock(bySeconds) }),
    ),
  ],
  [
    6,
    number.map((index) =>
      ofProgram(index, 'starts', {
        isPossible: ({ isRunning }) => !isRunning,
        act: (program) => program.start(),
      }),
    ),
  ],
  [2, number.map((index) => ofProgram(index, 'is told to end', { isPossible: isAwake, act: (one) => one.stop() }))],
  [
    2,
    record({ index: number, isWatched: constantFrom(true, false) }).map(({ index, isWatched }) =>
      ofProgram(index, `is killed${isWatched ? ', and its parent sees it' : ' with its parent'}`, {
        isPossible: ({ isRunning }) => isRunning,
        act: (program, site) => site.kill(program, isWatched),
      }),
    ),
  ],
  [
    2,
    number.map((index) =>
      ofProgram(index, 'stands still', { isPossible: isAwake, act: (one, site) => site.pause(one) }),
    ),
  ],
  [
    3,
    constant(
      command({
        name: 'whoever stands still goes on',
        isPossible: ({ processes }) => processes.some(({ isPaused }) => isPaused),
        act: (site) => site.resumeAll(),
      }),
    ),
  ],
  [
    10,
    record({ index: nat({ max: 4 }), fate: constantFrom(...fates), isForReservations: boolean() }).map(
      ({ index, fate, isForReservations }) =>
        command({
          name: `the next ${isForReservations ? 'write of a reservation' : 'thing'} that ${senders[index]} sends is ${fate}`,
          act: ({ processes }) => processes[index]?.expect(fate, isForReservations),
        }),
    ),
  ],
]

function isAwake({ isRunning, process }: SimulatedProgram): boolean {
  return isRunning && !process.isPaused
}
