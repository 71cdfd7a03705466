import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { privateMariadb, privatePostgres } from '../support/private-servers.ts'
import { canMount, canMountForServers, runOnSmallDisk } from '../support/small-disk.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { compileCache } from './harness/compiled-sources.ts'
import type { Guard } from './harness/guards.ts'
import { type DriverName, driverNames, type Scenario, type ScenarioContext, type Verdict } from './harness/scenario.ts'
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
        find: 'if (this.#reserve.hasRoomForMore({ logBytes, unusedBytes })) return',
        replace: 'return',
      },
    ],
  },
  {
    name: 'a claim of one job where many have no room',
    drivers: ['sqlite'],
    changes: [
      { file: 'connections/sql/in-little-room.ts', find: '!isDiskFull || request.limit === 1', replace: 'true' },
    ],
  },
  {
    name: 'room for the record of what a worker runs',
    drivers: ['sqlite'],
    changes: [{ file: 'supervisor/runner-role.ts', find: '    supervision.makeRoom()\n', replace: '' }],
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

const programsOf = (server: unknown) => (server ? undefined : 'the programs of its server')
const rightOfRoot = canMountForServers ? undefined : 'the right to mount as root'

/** What is not here of what each of them needs. */
const missing: Readonly<Record<DriverName, string | undefined>> = {
  sqlite: canMount ? undefined : 'the right to mount',
  mariadb: rightOfRoot ?? programsOf(privateMariadb),
  postgres: rightOfRoot ?? programsOf(privatePostgres),
}

/** The disk of the database is full, and so is the one of the log; then there is room again. */
export const diskFull: Scenario = {
  id: 'R16',
  title: 'a full disk loses nothing, lets jobs end, and is over by itself',
  drivers: driverNames.filter((name) => missing[name] === undefined),
  missing,
  sizes: {
    long: { rounds: 10, jobs: 400, bytes: 4_000, longestStep: 1, drainSeconds: 30 },
    short: { rounds: 3, jobs: 80, bytes: 60_000, longestStep: 6, drainSeconds: 15 },
  },
  guards,
  run,
}

const megabytes: Readonly<Record<DriverName, number>> = { sqlite: 16, mariadb: 256, postgres: 256 }

async function run({ driver, folder, source, size, random }: ScenarioContext): Promise<Verdict> {
  // A server's socket needs a short path.
  using place = temporaryFolder()
  const disk = place.path
  const settings: SmallDiskSettings = { driver, source, size, seed: random.seed, folder, disk }
  const program = join(import.meta.dirname, 'r16-program.ts')
  await runOnSmallDisk({ path: disk, megabytes: megabytes[driver] }, program, {
    ...compileCache(source),
    SMALL_DISK: JSON.stringify(settings),
  })
  return JSON.parse(readFileSync(join(folder, 'small-disk.json'), 'utf8'))
}
