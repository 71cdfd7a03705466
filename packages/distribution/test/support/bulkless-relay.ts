import { once } from 'node:events'
import { connect, createServer } from 'node:net'

export interface BulklessRelay extends AsyncDisposable {
  readonly host: string
  readonly port: number
  /** What the server offers reaches those that connect from here on. */
  passOffers(): void
  hideOffers(): void
}

interface Target {
  readonly host: string
  readonly port: number
}

/** What a MariaDB offers beyond MySQL's protocol: everything, or bulks alone. */
export type Hidden = 'extensions' | 'bulk'

/** Stands before a MariaDB and makes it one that does not offer it, as MySQL and some poolers do not. */
export async function bulklessRelay(target: Target, hidden: Hidden = 'extensions'): Promise<BulklessRelay> {
  let isHiding = true
  const server = createServer((client) => {
    const toServer = connect(target.port, target.host)
    const isHidden = isHiding
    toServer.once('data', (greeting) => {
      if (isHidden) hide(greeting, hidden)
      client.write(greeting)
      toServer.pipe(client)
      client.pipe(toServer)
    })
    for (const socket of [client, toServer])
      socket.on('error', () => {
        client.destroy()
        toServer.destroy()
      })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The relay does not listen.')
  return {
    host: '127.0.0.1',
    port: address.port,
    passOffers: () => {
      isHiding = false
    },
    hideOffers: () => {
      isHiding = true
    },
    async [Symbol.asyncDispose]() {
      server.close()
      await once(server, 'close')
    },
  }
}

/** After header, protocol and version: connection, scramble, flags, character set, status, more flags, length, reserved bytes. */
const beforeExtensions = 4 + 8 + 1 + 2 + 1 + 2 + 2 + 1 + 6

const bulk = 1 << 2

function hide(greeting: Buffer, hidden: Hidden): void {
  const endOfVersion = greeting.indexOf(0, 5)
  const extensionsAt = endOfVersion + 1 + beforeExtensions
  const offered = greeting.readUInt32LE(extensionsAt)
  if ((offered & bulk) === 0) throw new Error('The server offers nothing that could be hidden.')
  greeting.writeUInt32LE(hidden === 'bulk' ? offered & ~bulk : 0, extensionsAt)
}
