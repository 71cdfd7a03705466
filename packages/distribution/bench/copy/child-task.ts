import type { Databases } from './databases/place.ts'

export interface Task {
  /** Of the folder of contenders, without its ending. */
  readonly module: string
  /** Copied before the clock starts: a worker is no new process for each store. */
  readonly warmUp?: Databases | undefined
  readonly databases: Databases
}
