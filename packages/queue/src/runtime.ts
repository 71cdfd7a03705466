import type { Connection } from './connection.ts'
import type { Events } from './events.ts'
import type { AnyJobDefinition } from './job.ts'

/** What a queue shares with its workers. */
export interface QueueRuntime {
  readonly connection: Connection
  /** By the name that payloads carry. */
  readonly jobs: ReadonlyMap<string, AnyJobDefinition>
  readonly events: Events
}
