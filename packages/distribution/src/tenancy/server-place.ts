import type { ServerAddress } from '../database/open-database.ts'
import type { StoreAddress } from './store-hosting.ts'

/** The server that the registry names for a store, when it names one. */
export function elsewhere({ host, port }: StoreAddress): Partial<Pick<ServerAddress, 'host' | 'port'>> {
  return { ...(host !== null && { host }), ...(port !== null && { port }) }
}

/** What the database of a store is called in messages. */
export function labelFor(server: ServerAddress): (store: StoreAddress) => string {
  return ({ name, host, port }) => `${name} (${host ?? server.host}:${port ?? server.port})`
}
