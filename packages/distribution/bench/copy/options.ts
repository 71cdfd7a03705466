import { parseArgs } from 'node:util'
import { type LaneKey, laneKeys } from './lanes.ts'

export interface Options {
  readonly sizes: readonly number[]
  /** Undefined: more for what is short. */
  readonly rounds: number | undefined
  readonly lanes: readonly LaneKey[]
  readonly seed: number
}

export const usage = `node run.ts [--sizes=N,…] [--rounds=N] [--only=LANE,…] [--seed=N]

  --sizes    products of the catalogue; default 1000,10000,1000000
  --rounds   how often each contender copies each catalogue; default 9 up to 1,000 products, 5 up to 10,000, 3 beyond
  --only     ${laneKeys.join(', ')}
  --seed     another number makes another catalogue; default 1`

/** Reads the command line; throws a sentence when it cannot. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      sizes: { type: 'string', default: '1000,10000,1000000' },
      rounds: { type: 'string' },
      only: { type: 'string', default: laneKeys.join(',') },
      seed: { type: 'string', default: '1' },
    },
  })
  const asked = values.only.split(',')
  const unknown = asked.find((name) => !laneKeys.some((known) => known === name))
  if (unknown !== undefined) throw new Error(`--only=${unknown} is not one of ${laneKeys.join(', ')}.`)
  return {
    sizes: values.sizes.split(',').map((size) => wholeNumber('sizes', size)),
    rounds: values.rounds === undefined ? undefined : wholeNumber('rounds', values.rounds),
    lanes: laneKeys.filter((lane) => asked.includes(lane)),
    seed: wholeNumber('seed', values.seed),
  }
}

/** How often each contender copies a catalogue of this size. */
export function roundsOf({ rounds }: Options, size: number): number {
  if (rounds !== undefined) return rounds
  if (size <= 1_000) return 9
  return size <= 10_000 ? 5 : 3
}

function wholeNumber(name: string, text: string): number {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 1 || number > 10_000_000) {
    throw new Error(`--${name}=${text} is not a whole number from 1 to 10,000,000.`)
  }
  return number
}
