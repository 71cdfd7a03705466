import type { Databases, Place } from './databases/place.ts'

export interface Task {
  /** Of the folder of contenders, without its ending. */
  readonly module: string
  /** Stores that it copies into before the clock starts: a worker is no new process for each store. */
  readonly warmUps: readonly Place[]
  readonly databases: Databases
}
