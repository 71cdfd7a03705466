import type { Executor } from '../../src/drivers/driver.ts'
import type { Pool, Server, Session } from '../../src/drivers/server-driver.ts'
import type { Fault, StatementFaults } from './statement-faults.ts'

export type ServerFault = Fault<Promise<unknown>>
export type ServerFaults = StatementFaults<Promise<unknown>>

/** What hands out a session with something left open on it is to blame; `onDirty` hears of each. */
export interface FaultyServerOptions {
  readonly faults: ServerFaults
  /** Answers one row with a column `open`, true or 1 inside a transaction. */
  readonly askOpen: string
  readonly onDirty: (problem: string) => void
}

/** The server, whose sessions meet the faults. */
export function faultyServer(server: Server, options: FaultyServerOptions): Server {
  return {
    label: server.label,
    openPool: () => faultyPool(server.openPool(), options),
    probe: (executor) => server.probe(executor),
    classify: (error) => server.classify(error),
    explain: (error) => server.explain(error),
  }
}

function faultyPool(pool: Pool, options: FaultyServerOptions): Pool {
  return {
    acquire: async () => {
      const session = await pool.acquire()
      await lookAt(session, options)
      return faultySession(session, options.faults)
    },
    [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose](),
  }
}

async function lookAt(session: Session, { askOpen, onDirty }: FaultyServerOptions): Promise<void> {
  try {
    const { rows } = await session.query(askOpen)
    if (['1', 't', 'true'].includes(String(rows[0]?.open))) onDirty('a session was reused with its transaction open')
  } catch (error) {
    onDirty(`a session was reused that answers ${String(error)}`)
  }
}

function faultySession(session: Session, faults: ServerFaults): Session {
  const meet = (sql: string, run: () => Promise<unknown>) =>
    faults.carryOut({ sql, session, run, send: (other) => session.query(other) })
  return {
    // What a fault answers is never a result: it rejects.
    query: async (sql, parameters) => {
      const answer: Awaited<ReturnType<Executor['query']>>[] = []
      await meet(sql, async () => void answer.push(await session.query(sql, parameters)))
      const [result] = answer
      if (!result) throw new Error(`A fault answered ${sql} without carrying it out.`)
      return result
    },
    unlimited: (sql) => meet(sql, () => session.unlimited(sql)),
    release: () => session.release(),
    destroy: () => session.destroy(),
  }
}
