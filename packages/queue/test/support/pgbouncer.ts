import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { eventually } from './eventually.ts'
import { freePort, ownFolder, unprivileged } from './private-servers.ts'
import type { ServerAddress } from './servers.ts'

const program = '/usr/sbin/pgbouncer'

export const canPool = existsSync(program)

/** A pooler that gives each transaction another of its few sessions, as hosted databases put in front. */
export async function pgbouncer(server: ServerAddress, sessions: number): Promise<ServerAddress & AsyncDisposable> {
  const folder = ownFolder()
  const port = await freePort()
  const configuration = join(folder.path, 'pgbouncer.ini')
  writeFileSync(
    configuration,
    `[databases]
* = host=${server.host} port=${server.port} user=${server.user}${server.password && ` password='${server.password}'`}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = ${sessions}
# The next transaction gets the session that rested longest: never the same twice while there are others.
server_round_robin = 1
ignore_startup_parameters = extra_float_digits
`,
  )
  const pooler = spawn(program, [configuration], { cwd: folder.path, stdio: 'ignore', ...unprivileged })
  const killAtExit = () => void pooler.kill('SIGKILL')
  process.once('exit', killAtExit)
  const address = { ...server, host: '127.0.0.1', port }
  await eventually(() => answers(address))
  return {
    ...address,
    [Symbol.asyncDispose]: async () => {
      const exit = once(pooler, 'exit')
      pooler.kill('SIGKILL')
      await exit
      process.off('exit', killAtExit)
      folder[Symbol.dispose]()
    },
  }
}

async function answers(address: ServerAddress): Promise<boolean> {
  const client = new pg.Client({ ...address, database: 'postgres', connectionTimeoutMillis: 1_000 })
  client.on('error', () => undefined)
  try {
    await client.connect()
    await client.query('select 1')
    return true
  } catch {
    return false
  } finally {
    await client.end().catch(() => undefined)
  }
}
