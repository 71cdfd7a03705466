/** `problem`: jobs are lost, run twice or refused until it is mended. `warning`: look before you move over. */
export type Severity = 'info' | 'warning' | 'problem'

/** Where, how many, and an id as an example; never what rows hold. */
export type Facts = Readonly<Record<string, string | number | boolean | null | readonly (string | number)[]>>

/** What to do, in one or two sentences. */
export interface Advice {
  readonly es: string
  readonly en: string
}

/** One thing that a look at a database found. */
export interface Finding {
  /** Stable: scripts may rely on it. */
  readonly code: string
  readonly severity: Severity
  readonly facts: Facts
  readonly advice: Advice
}
