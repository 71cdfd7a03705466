import { flushCompileCache } from 'node:module'
import { setTimeout as wait } from 'node:timers/promises'
import type { Driver } from '../../src/drivers/driver.ts'
import { openSqliteFile } from '../../src/drivers/sqlite-file.ts'
import { faultyServer } from '../support/faulty-server.ts'
import { faultySqlite } from '../support/faulty-sqlite.ts'
import type { DatabaseSettings } from '../support/private-queues.ts'
import { type SourceModules, sourceModules } from '../support/source-modules.ts'
import { type Fault, StatementFaults } from '../support/statement-faults.ts'
import type { Place } from './harness/loaded-queue.ts'
import type { DriverName } from './harness/scenario.ts'
import { type Thrown, thrown } from './r20-thrown.ts'

/** What the program is told, as JSON in its first argument. */
export interface KilledAttempt {
  readonly source: string
  readonly driver: DriverName
  readonly place: Place
  readonly thrown: Thrown
  /** Of the statements after the handler has thrown: this one kills the process. */
  readonly statement: number
  /** The statement is carried out before. */
  readonly isCarriedOut: boolean
}

export const killedProgram = import.meta.filename

/** Time for an observer to look at what is there between two statements. */
const pauseMs = 25

const die = () => process.kill(process.pid, 'SIGKILL')

interface Killing {
  /** From now on so many statements are carried out, and the next kills. */
  arm(statement: number): void
  readonly driver: Driver
}

const driverOptions = { connections: 5, deadlineSeconds: 10, lanes: 1, batch: 1_000 }

function killingServer({ driver, place, isCarriedOut }: KilledAttempt, modules: SourceModules): Killing {
  // The scenario gives a place that is of the driver's kind.
  const settings = place as DatabaseSettings
  const isPostgres = driver === 'postgres'
  const server = isPostgres
    ? modules.postgres.postgresServer(settings, driverOptions)
    : modules.mysql.mysqlServer(settings, driverOptions)
  const faults = new StatementFaults<Promise<unknown>>()
  const fault: Fault<Promise<unknown>> = {
    name: 'kill',
    isHealed: false,
    strike: async ({ run }) => {
      if (isCarriedOut) await run()
      await wait(pauseMs)
      return die()
    },
  }
  const options = { faults, askOpen: 'select 0 as open', onDirty: () => undefined }
  return {
    arm: (statement) => faults.arm(fault, statement),
    driver: new modules.serverDriver.ServerDriver(faultyServer(server, options), driverOptions),
  }
}

function killingFile({ place, isCarriedOut }: KilledAttempt, modules: SourceModules): Killing {
  const path = String(place)
  const faults = new StatementFaults<unknown>()
  const fault: Fault<unknown> = {
    name: 'kill',
    isHealed: false,
    strike: ({ run }) => {
      if (isCarriedOut) run()
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs)
      return die()
    },
  }
  return {
    arm: (statement) => faults.arm(fault, statement),
    driver: modules.sqlite.sqliteDriver(path, { open: () => faultySqlite(openSqliteFile(path), faults) }),
  }
}

/** Runs one job, which fails, and is killed on the way of that failure into the database. */
async function main(attempt: KilledAttempt): Promise<void> {
  const modules = await sourceModules(attempt.source)
  // Who is killed does not come to it.
  flushCompileCache()
  const { arm, driver } = attempt.driver === 'sqlite' ? killingFile(attempt, modules) : killingServer(attempt, modules)
  const { createQueue, defineJob } = modules.index
  const job = defineJob('Failing', { tries: 1 }, () => {
    arm(attempt.statement)
    throw thrown[attempt.thrown]()
  })
  const connection = new modules.sqlConnection.SqlConnection(driver, 90)
  await using queue = createQueue({ connection, jobs: [job] })
  await queue.worker({ once: true, sleep: 0 }).run()
}

if (import.meta.main) await main(JSON.parse(process.argv[2] ?? ''))
