import { parseArgs } from 'node:util'
import { type ContenderName, contenderNames } from './contenders/registry.ts'
import { type LaneKey, laneKeys } from './lanes.ts'

export interface Options {
  readonly sizes: readonly number[]
  /** Undefined: more for what is short. */
  readonly rounds: number | undefined
  readonly lanes: readonly LaneKey[]
  readonly contenders: readonly ContenderName[]
  readonly seed: number
}

export const usage = `node run.ts [--sizes=N,…] [--rounds=N] [--only=LANE,…] [--contenders=NAME,…] [--seed=N]

  --sizes        products of the catalogue; default 1000,10000,1000000
  --rounds       how often each contender copies each catalogue; default 9 up to 1,000 products, 5 up to 10,000, 3 beyond
  --only         ${laneKeys.join(', ')}
  --contenders   ${contenderNames.join(', ')}; ratios need the other one too
  --seed         another number makes another catalogue; default 1`

/** Reads the command line; throws a sentence when it cannot. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      sizes: { type: 'string', default: '1000,10000,1000000' },
      rounds: { type: 'string' },
      only: { type: 'string', default: laneKeys.join(',') },
      contenders: { type: 'string', default: contenderNames.join(',') },
      seed: { type: 'string', default: '1' },
    },
  })
  return {
    sizes: values.sizes.split(',').map((size) => wholeNumber('sizes', size)),
    rounds: values.rounds === undefined ? undefined : wholeNumber('rounds', values.rounds),
    lanes: chosen('only', values.only, laneKeys),
    contenders: chosen('contenders', values.contenders, contenderNames),
    seed: wholeNumber('seed', values.seed),
  }
}

/** How often each contender copies a catalogue of this size. */
export function roundsOf({ rounds }: Options, size: number): number {
  if (rounds !== undefined) return rounds
  if (size <= 1_000) return 9
  return size <= 10_000 ? 5 : 3
}

function chosen<Name extends string>(option: string, text: string, all: readonly Name[]): readonly Name[] {
  const names = text.split(',')
  const unknown = names.find((name) => !all.some((known) => known === name))
  if (unknown !== undefined) throw new Error(`--${option}=${unknown} is not one of ${all.join(', ')}.`)
  return all.filter((name) => names.includes(name))
}

function wholeNumber(name: string, text: string): number {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 1 || number > 10_000_000) {
    throw new Error(`--${name}=${text} is not a whole number from 1 to 10,000,000.`)
  }
  return number
}
