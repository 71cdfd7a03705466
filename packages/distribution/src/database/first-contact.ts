import type { Connection } from '@surtidor/queue'
import { sql } from 'kysely'
import type { CentralDatabase } from './open-central.ts'
import type { DatabaseAddress } from './open-database.ts'
import { UnreachableCentralError } from './unreachable-central-error.ts'

/**
 * Asks a central database that was just opened for the first time. What keeps it from being used, a connection of the queue to the
 * same place knows: throws `UnreachableCentralError` where a setting is wrong, else the queue's `DatabaseUnusableError`.
 */
export async function contact(
  central: CentralDatabase,
  address: DatabaseAddress,
  connect: () => Promise<Connection>,
): Promise<void> {
  try {
    await sql`select 1`.execute(central)
  } catch (error) {
    await central.destroy()
    const cause = await causeOf(await connect())
    throw (address.driver === 'sqlite' ? undefined : UnreachableCentralError.of(address, cause)) ?? cause ?? error
  }
}

/** Undefined when it can be used by now. */
async function causeOf(connection: Connection): Promise<unknown> {
  await using open = connection
  try {
    await open.now()
    return undefined
  } catch (error) {
    return error
  }
}
