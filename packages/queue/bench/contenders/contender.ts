import type { JobData } from '../job-data.ts'
import type { Place } from '../place.ts'

/** What a contender is tuned with, as numbers so that a table can name them; empty is its default. */
export type Settings = Readonly<Record<string, number>>

export interface Entrant {
  readonly place: Place
  readonly settings: Settings
}

/** A contender at work in this process. What it does not offer it leaves out, and then it does not take part. */
export interface Session extends AsyncDisposable {
  /** Dispatches so many jobs in as few calls as the contender recommends. */
  addMany(count: number): Promise<void>
  /** Dispatches one job and answers when it is durable. */
  add?(data: JobData): Promise<void>
  /** Works so many no-op jobs; answers the milliseconds from the first one's start to the last acknowledgement. */
  drain?(count: number): Promise<number>
  /** Starts a worker that goes on until the session is disposed; its handler is `onStart` and nothing else. */
  serve?(onStart: (data: JobData) => void | Promise<void>): Promise<void>
}

/** What each file of this folder exports: opens a session, making tables where there are none. */
export type OpenSession = (entrant: Entrant) => Promise<Session>

/** The value of a setting that this contender cannot do without. */
export function setting(settings: Settings, name: string): number {
  const value = settings[name]
  if (value === undefined) throw new Error(`The setting ${name} is missing.`)
  return value
}
