import type { Settings } from './contenders/contender.ts'
import type { Place } from './place.ts'

/** What a child process is asked to do, as JSON in its only argument. */
export interface ChildTask {
  readonly action: ChildAction
  /** The contender's file in `contenders/`, without its ending. */
  readonly module: string
  readonly place: Place
  readonly settings: Settings
  /** Jobs, or for some actions calls or seconds; each action says which. */
  readonly size: number
  /** A second place, for what compares two tables in one run. */
  readonly otherPlace?: Place
  /** Of Node itself. */
  readonly nodeFlags?: readonly string[]
  /** Beside that of the bench. */
  readonly environment?: Readonly<Record<string, string>>
}

export type ChildAction =
  | 'drain'
  | 'dispatch'
  | 'dispatch-many'
  | 'latency-within'
  | 'latency-worker'
  | 'latency-dispatcher'
  | 'claim'
  | 'idle'
  | 'seed'
  | 'feed'
  | 'memory'

/** What a child found, by the name of what was measured: `jobs/s`, `p50 ms` … */
export type Figures = Readonly<Record<string, number>>
