import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Database, ServerAddress } from '../place.ts'

/** A server of our own on a loopback port, with its data in a temporary folder. */
export interface PrivateServer extends AsyncDisposable {
  readonly database: Database
  /** Name, version and the settings that decide about speed and durability, as the server itself tells them. */
  readonly description: string
  /** Answers the address of a new, empty database. */
  createDatabase(name: string): Promise<ServerAddress>
  dropDatabase(name: string): Promise<void>
}

/** Not root's, and nobody's data: servers refuse to run as root. */
const unprivileged = { uid: 65_534, gid: 65_534 }
const isRoot = process.getuid?.() === 0

const running = new Set<ChildProcess>()
// Without `await`, because this is the last thing that runs after an exception or Ctrl+C.
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** Makes a folder that the server's user may write. */
export function serverFolder(parent: string, name: string): string {
  const folder = join(parent, name)
  mkdirSync(folder, { mode: 0o700 })
  if (isRoot) chownSync(folder, unprivileged.uid, unprivileged.gid)
  // The temporary folder above is root's alone otherwise.
  chmodSync(parent, 0o755)
  return folder
}

/** Runs a program to its end as the server's user. */
export function runAsServer(program: string, args: readonly string[]): void {
  const [command, ...rest] = withoutPrivileges(program, args)
  const { status, stderr, error } = spawnSync(command, rest, { encoding: 'utf8', timeout: 120_000 })
  if (error || status !== 0) throw new Error(`${program} did not work: ${error?.message ?? stderr.slice(-2_000)}`)
}

export interface RunningServer {
  /** Asks the process to end and waits for it; takes it down after ten seconds. */
  stop(signal: NodeJS.Signals): Promise<void>
  /** Tries until the server answers; fails at once when its process has ended. */
  whenReady<T>(ask: () => Promise<T>): Promise<T>
}

/** Starts a server in the foreground as the server's user; it dies with this process, however that ends. */
export function startServer(program: string, args: readonly string[], logFile: string): RunningServer {
  const [command, ...rest] = withoutPrivileges(program, args)
  const child = spawn('sh', ['-c', 'log=$1; shift; exec "$@" >"$log" 2>&1', 'sh', logFile, command, ...rest], {
    stdio: 'ignore',
  })
  running.add(child)
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => {
      running.delete(child)
      resolve()
    })
  })
  return {
    stop: async (signal) => {
      child.kill(signal)
      const timer = setTimeout(() => child.kill('SIGKILL'), 10_000)
      await ended
      clearTimeout(timer)
    },
    whenReady: (ask) => untilAnswered(ask, () => assertRunning(child, program, logFile)),
  }
}

/** A port that is free now; the time until the server takes it is short enough for a bench. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address ? address.port : 0
      server.close(() => resolve(port))
    })
  })
}

function withoutPrivileges(program: string, args: readonly string[]): [string, ...string[]] {
  const { uid, gid } = unprivileged
  const asNobody = isRoot ? [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'] : []
  return ['setpriv', ...asNobody, '--pdeathsig=KILL', program, ...args]
}

async function untilAnswered<T>(ask: () => Promise<T>, assertAlive: () => void): Promise<T> {
  const giveUpAt = performance.now() + 60_000
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      assertAlive()
      if (performance.now() > giveUpAt) throw error
      await wait(50)
    }
  }
}

function assertRunning(child: ChildProcess, program: string, logFile: string): void {
  if (child.exitCode === null && child.signalCode === null) return
  throw new Error(`${program} ended: ${readFileSync(logFile, 'utf8').slice(-2_000)}`)
}
