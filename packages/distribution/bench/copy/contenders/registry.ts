import type { LaneKey } from '../lanes.ts'

export interface Contender {
  readonly name: 'original' | 'hand' | 'ours'
  readonly module: string
  readonly lane: LaneKey
  /** Left out beyond: it would take the time of all others together. */
  readonly maxProducts?: number
}

/** Who copies where. Ours takes part in a lane as soon as its line stands here. */
export const contenders: readonly Contender[] = [
  { name: 'original', module: 'original', lane: 'mariadb', maxProducts: 10_000 },
  { name: 'hand', module: 'hand-mariadb', lane: 'mariadb' },
  { name: 'hand', module: 'hand-mariadb', lane: 'two-servers' },
  { name: 'hand', module: 'hand-postgres', lane: 'postgres' },
  { name: 'hand', module: 'hand-sqlite', lane: 'sqlite' },
  { name: 'ours', module: 'ours', lane: 'sqlite' },
]
