/** What the jobs of the chaos program do, and how each must end. */
export interface JobTraits {
  /** Where it is in the end: its effect in the table `effects`, or its row in `failed_jobs`. */
  readonly end: 'done' | 'failed'
  /** `once`: the effect and the job's end are one commit. `counted`: whoever runs the job writes it, as often as it runs. */
  readonly effects: 'once' | 'counted' | 'none'
  /** The option of its definition. One where nothing in it fails: whatever else befalls it must cost no try. */
  readonly tries: number
}

export const jobKinds = {
  /** Takes its time, then completes together with its effect. */
  plain: { end: 'done', effects: 'once', tries: 1 },
  /** Writes its effect by itself and returns, as most handlers do. */
  unfenced: { end: 'done', effects: 'counted', tries: 1 },
  /** Fails at every try. */
  failing: { end: 'failed', effects: 'none', tries: 2 },
  /** Fails at its first try, then does as `plain`. */
  flaky: { end: 'done', effects: 'once', tries: 2 },
  /** Asks to be run again at its first try, then does as `plain`. */
  released: { end: 'done', effects: 'once', tries: 2 },
  /** As `plain`, for longer than a reservation lasts. */
  slow: { end: 'done', effects: 'once', tries: 1 },
  /** As `plain`, due some time after its dispatch. */
  delayed: { end: 'done', effects: 'once', tries: 1 },
} as const satisfies Readonly<Record<string, JobTraits>>

export type JobKind = keyof typeof jobKinds

/** The payload of a job of the chaos program. */
export interface JobData {
  readonly kind: JobKind
  /** How long the handler takes. */
  readonly ms: number
}
