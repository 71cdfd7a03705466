import type { Tables } from '../databases/place.ts'
import type { LaneKey } from '../lanes.ts'

export const contenderNames = ['original', 'hand', 'ours'] as const
export type ContenderName = (typeof contenderNames)[number]

export interface Contender {
  readonly name: ContenderName
  readonly module: string
  readonly lane: LaneKey
  /** Left out beyond: it would take the time of all others together. */
  readonly maxProducts?: number
}

/** Who copies where. */
export const contenders: readonly Contender[] = [
  { name: 'original', module: 'original', lane: 'mariadb', maxProducts: 10_000 },
  { name: 'hand', module: 'hand-mariadb', lane: 'mariadb' },
  { name: 'ours', module: 'ours', lane: 'mariadb' },
  { name: 'hand', module: 'hand-mariadb', lane: 'two-servers' },
  { name: 'ours', module: 'ours', lane: 'two-servers' },
  { name: 'hand', module: 'hand-postgres', lane: 'postgres' },
  { name: 'ours', module: 'ours', lane: 'postgres' },
  { name: 'hand', module: 'hand-sqlite', lane: 'sqlite' },
  { name: 'ours', module: 'ours', lane: 'sqlite' },
]

/** Ours copies the same rows as the others, from the tables of its own migrations. */
export function tablesOf({ name }: Contender): Tables {
  return name === 'ours' ? 'ours' : 'original'
}
