import { spawnSync } from 'node:child_process'
import { connect } from 'node:net'
import { join } from 'node:path'
import { freePort, type PrivateServer, serverFolder, startServer } from './private-server.ts'

/** Redis as BullMQ's documentation asks for it: append-only file, flushed once a second. */
export async function startRedis(parent: string): Promise<PrivateServer> {
  const folder = serverFolder(parent, 'redis')
  const port = await freePort()
  const server = startServer(
    'redis-server',
    [
      ...['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', ''],
      ...['--appendonly', 'yes', '--appendfsync', 'everysec', '--maxmemory-policy', 'noeviction'],
    ],
    join(parent, 'redis.log'),
  )
  await server.whenReady(() => command(port, 'PING'))
  return {
    database: 'redis',
    description: `Redis ${version()}, appendonly=yes, appendfsync=everysec`,
    // A Redis of one tenant: an empty one is all that a new database needs to be.
    createDatabase: async () => {
      await command(port, 'FLUSHALL')
      return { host: '127.0.0.1', port, user: '', password: '', database: '0' }
    },
    dropDatabase: async () => undefined,
    [Symbol.asyncDispose]: () => server.stop('SIGTERM'),
  }
}

/** Sends one command in Redis's inline form; answers the first line. */
function command(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(`${text}\r\n`))
    socket.once('error', reject)
    socket.once('data', (data) => {
      socket.destroy()
      const answer = data.toString().trim()
      if (answer.startsWith('+')) resolve(answer)
      else reject(new Error(`Redis answered ${answer}.`))
    })
  })
}

function version(): string {
  const { stdout } = spawnSync('redis-server', ['--version'], { encoding: 'utf8' })
  return /v=([\d.]+)/.exec(stdout)?.[1] ?? '?'
}
