import type { Connection, NewJob } from '../../src/connection.ts'
import { sync } from '../../src/index.ts'
import { wrappedConnection } from './wrapped-connection.ts'

/** A connection that only remembers what is pushed. */
export function recordingConnection() {
  const pushed: NewJob[] = []
  const connection = wrappedConnection(sync(), {
    runsAtOnce: false,
    push: async (jobs) => void pushed.push(...jobs),
  } satisfies Partial<Connection>)
  return { connection, pushed }
}
