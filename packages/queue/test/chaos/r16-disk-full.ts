import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Guard } from './harness/guards.ts'
import type { DriverName, Scenario, ScenarioContext, Verdict } from './harness/scenario.ts'
import type { SmallDiskSettings } from './r16-program.ts'

const guards: readonly Guard[] = [
  {
    name: 'room that is kept for jobs that are there',
    drivers: ['sqlite'],
    changes: [{ file: 'drivers/sqlite-reserve.ts', find: 'truncateSync(reservePath(databasePath))', replace: '' }],
  },
  {
    name: 'refusal of new jobs on a full disk',
    drivers: ['sqlite'],
    changes: [
      {
        file: 'drivers/sqlite.ts',
        find: 'if (!this.#reserve || this.#reserve.isKept()) return',
        replace: 'if (!this.#reserve || this.#reserve.isKept() || true) return',
      },
    ],
  },
  {
    name: 'output that may fail',
    drivers: ['sqlite'],
    changes: [{ file: 'commands/terminal.ts', find: 'outliveOutput(() => locale)', replace: '' }],
  },
  {
    name: 'the word for a full disk of MariaDB',
    drivers: ['mariadb'],
    changes: [{ file: 'drivers/mysql-errors.ts', find: "1114: 'disk_full',", replace: '' }],
  },
  {
    name: 'the word for a full disk of PostgreSQL',
    drivers: ['postgres'],
    changes: [{ file: 'drivers/postgres-errors.ts', find: "'53100': 'disk_full',", replace: '' }],
  },
]

/** The disk of the database is full, and so is the one of the log; then there is room again. */
export const diskFull: Scenario = {
  id: 'R16',
  title: 'a full disk loses nothing, lets jobs end, and is over by itself',
  drivers: ['sqlite', 'mariadb', 'postgres'],
  sizes: {
    long: { rounds: 10, jobs: 400, bytes: 4_000, longestStep: 1, drainSeconds: 30 },
    short: { rounds: 2, jobs: 80, bytes: 60_000, longestStep: 6, drainSeconds: 15 },
  },
  guards,
  run,
}

const megabytes: Readonly<Record<DriverName, number>> = { sqlite: 16, mariadb: 256, postgres: 256 }

/**
 * In a mount namespace of its own, whose disk is gone with its last process. Mounting is the right of root, or of who is
 * taken for it in a user namespace.
 */
async function run(context: ScenarioContext): Promise<Verdict> {
  const { driver, source, size, random } = context
  const disk = join(context.folder, 'disk')
  mkdirSync(disk)
  const settings: SmallDiskSettings = { driver, source, size, seed: random.seed, folder: context.folder, disk }
  const program = join(import.meta.dirname, 'r16-program.ts')
  const mount = `mount -t tmpfs -o size=${megabytes[driver]}m,mode=777 tmpfs "$0" && exec "$@"`
  const child = spawn('unshare', [...namespaces(), 'sh', '-c', mount, disk, process.execPath, program], {
    stdio: ['ignore', 'inherit', 'inherit'],
    // A private server has its data there.
    env: { ...process.env, TMPDIR: disk, SMALL_DISK: JSON.stringify(settings) },
  })
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`The program on the small disk ended with ${code}.`)
  return JSON.parse(readFileSync(join(context.folder, 'small-disk.json'), 'utf8'))
}

function namespaces(): readonly string[] {
  return process.getuid?.() === 0 ? ['--mount'] : ['--mount', '--user', '--map-root-user']
}
