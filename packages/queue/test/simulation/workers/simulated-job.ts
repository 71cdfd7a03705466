/** What a handler does, as its payload says. */
export interface SimulatedJob {
  /** How long it runs. */
  readonly seconds: number
  readonly end: End
}

export type End =
  | 'well'
  /** The first time; well after that. */
  | 'throws once'
  | 'releases once'
  | 'throws'
  /** Ends its process. */
  | 'crashes'
  /** Dispatches another job from within its handler. */
  | 'dispatches'

export const maxTries = 3

/** Where each of them must be at last, whatever happened to its processes meanwhile. */
export const lastState: Readonly<Record<End, 'done' | 'failed'>> = {
  well: 'done',
  'throws once': 'done',
  'releases once': 'done',
  throws: 'failed',
  crashes: 'failed',
  dispatches: 'done',
}
