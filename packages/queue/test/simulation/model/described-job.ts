import type { BatchMember, NewJob } from '../../../src/connection.ts'

/** What the payload of a simulated job says: a text like any other to the verbs. */
export interface DescribedJob {
  readonly uuid: string
  /** Some claims ask for one of the two only. */
  readonly kind: 'common' | 'rare'
  readonly batch?: string
  /** The lock that it holds until it has ended. */
  readonly uniqueKey?: string
  /** Pushed when it has completed. */
  readonly next?: DescribedJob
}

export function payloadOf(job: DescribedJob): string {
  return JSON.stringify(job)
}

export function describedIn(payload: string): DescribedJob {
  const known = read.get(payload)
  if (known) return known
  const described: DescribedJob = JSON.parse(payload)
  read.set(payload, described)
  return described
}

/** Every step looks at every payload. */
const read = new Map<string, DescribedJob>()

/** From its end nothing follows. */
export function isPlain({ batch, next }: DescribedJob): boolean {
  return batch === undefined && next === undefined
}

export function newJob(job: DescribedJob, queue: string, inSeconds = 0): NewJob {
  return { queue, payload: payloadOf(job), due: { inSeconds } }
}

/** The options of a batch are a text that only its members read. */
export const batchOptions = { allowing: 'allows failures', strict: 'allows none' } as const

export function memberOf({ uuid, batch }: DescribedJob): BatchMember | undefined {
  return batch === undefined
    ? undefined
    : { batchId: batch, uuid, allowsFailures: (options) => options === batchOptions.allowing }
}
