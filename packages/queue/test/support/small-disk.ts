import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'

/**
 * A disk of a few megabytes, in memory, which a test may fill: mounted in a namespace of one program, and gone with its
 * last process. Mounting is the right of root, or of who is taken for root in a user namespace.
 */
export interface SmallDisk {
  /** A folder that exists: the disk takes its place for the program. */
  readonly path: string
  readonly megabytes: number
}

const isRoot = process.getuid?.() === 0
/** What gives a program mounts of its own, with `unshare`. */
export const namespaces = isRoot ? ['--mount'] : ['--mount', '--user', '--map-root-user']

/** False in most containers. */
export const canMount = spawnSync('unshare', [...namespaces, 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0

/** Servers do not start as root, and root is the only user of a user namespace. */
export const canMountForServers = canMount && isRoot

/** Runs a program of ours that sees the disk; its temporary files are there too. Rejects when it does not end well. */
export async function runOnSmallDisk(
  { path, megabytes }: SmallDisk,
  program: string,
  environment: Readonly<Record<string, string>>,
): Promise<void> {
  const mount = `mount -t tmpfs -o size=${megabytes}m,mode=777 tmpfs "$0" && exec "$@"`
  const child = spawn('unshare', [...namespaces, 'sh', '-c', mount, path, process.execPath, program], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, TMPDIR: path, ...environment },
  })
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`The program on the small disk ended with ${code}.`)
}
