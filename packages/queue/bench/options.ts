import { parseArgs } from 'node:util'
import type { Database } from './place.ts'

export const measureNames = [
  'throughput',
  'one-at-a-time',
  'dispatch',
  'dispatch-many',
  'claim',
  'latency',
  'idle',
  'memory',
] as const
export type MeasureName = (typeof measureNames)[number]

export interface Options {
  /** Ends within two minutes: fewer rounds, smaller tables, the usual best setting instead of all. */
  readonly isQuick: boolean
  readonly rounds: number
  readonly measures: readonly MeasureName[]
  /** BullMQ's Redis is always among them. */
  readonly databases: readonly Database[]
}

export const usage = `node run.ts [--quick] [--rounds=N] [--only=MEASURE,…] [--database=DATABASE,…]

  --quick      ends within two minutes: a look, not a result
  --rounds     how often each contender runs in each measure; default 5, with --quick 1
  --only       ${measureNames.join(', ')}
  --database   mariadb, postgres, sqlite; BullMQ on Redis takes part in any case`

const ourDatabases: readonly Database[] = ['mariadb', 'postgres', 'sqlite']

/** Reads the command line; throws a sentence when it cannot. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      only: { type: 'string' },
      database: { type: 'string' },
    },
  })
  const isQuick = values.quick
  const rounds = values.rounds === undefined ? (isQuick ? 1 : 5) : Number(values.rounds)
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--rounds=${values.rounds} is not a whole number.`)
  const measures = chosen('only', values.only, measureNames)
  return {
    isQuick,
    rounds,
    // Both need minutes by their nature.
    measures: isQuick ? measures.filter((name) => name !== 'idle' && name !== 'memory') : measures,
    databases: [...chosen('database', values.database, ourDatabases), 'redis'],
  }
}

function chosen<Name extends string>(option: string, text: string | undefined, all: readonly Name[]): readonly Name[] {
  if (text === undefined) return all
  const names = text.split(',')
  const unknown = names.find((name) => !all.some((known) => known === name))
  if (unknown !== undefined) throw new Error(`--${option}=${unknown} is not one of ${all.join(', ')}.`)
  return all.filter((name) => names.includes(name))
}
