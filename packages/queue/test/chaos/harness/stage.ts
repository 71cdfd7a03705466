import type { PrivateServer } from '../../support/private-servers.ts'
import { type ChaosDatabase, openChaosDatabase } from './chaos-database.ts'
import { type LoadedQueue, loadQueue } from './loaded-queue.ts'
import type { ScenarioContext } from './scenario.ts'

/** What the parts of a scenario have in common: a database, and the queue that is under test. */
export interface Stage {
  readonly context: ScenarioContext
  readonly database: ChaosDatabase
  readonly loaded: LoadedQueue
}

/** With `server` on one that the scenario has started itself. */
export async function openStage(context: ScenarioContext, server?: PrivateServer): Promise<Stage & AsyncDisposable> {
  const database = await openChaosDatabase(context, server)
  return {
    context,
    database,
    loaded: await loadQueue(context.source, context.driver),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  }
}
