import type { Connection } from '../../src/connection.ts'
import { mysql } from '../../src/connections/mysql.ts'
import { postgres } from '../../src/connections/postgres.ts'
import type { ServerOptions } from '../../src/connections/server-options.ts'
import { type PrivateServer, type PrivateServerKind, privateMariadb, privatePostgres } from './private-servers.ts'
import type { ServerAddress } from './servers.ts'

export type DatabaseSettings = ServerAddress & { readonly database: string }

/** A kind of server that a test may hurt, and how the queue connects to it. */
export interface PrivateKind extends PrivateServerKind {
  createDatabase(server: PrivateServer): Promise<DatabaseSettings>
  connect(settings: DatabaseSettings, options?: ServerOptions): Connection
}

export const privateKinds: readonly PrivateKind[] = [
  ...(privateMariadb ? [kindOf(privateMariadb, mysql)] : []),
  ...(privatePostgres ? [kindOf(privatePostgres, postgres)] : []),
]

function kindOf(kind: PrivateServerKind, connect: PrivateKind['connect']): PrivateKind {
  return {
    ...kind,
    connect,
    createDatabase: async ({ address, query }) => {
      await query('create database queue')
      return { ...address, database: 'queue' }
    },
  }
}
