import { flushCompileCache } from 'node:module'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Command } from '../../../src/commands/index.ts'
import type { AnyJobDefinition, Connection, JobContext, Queue, Reservation, Transaction } from '../../../src/index.ts'
import { wrappedConnection } from '../../support/wrapped-connection.ts'
import { Ledger } from './ledger.ts'
import { type Client, type LoadedQueue, loadQueue, type Place } from './loaded-queue.ts'
import type { DriverName } from './scenario.ts'

/** What a process of a fleet is told in its environment, as JSON in `CHAOS_SETTINGS`. */
export interface ProgramSettings {
  /** The queue's `src`. */
  readonly source: string
  readonly driver: DriverName
  readonly place: Place
  /** Where the handlers' own client finds it. Default the same. */
  readonly clientPlace?: Place
  /** For the ledgers. */
  readonly folder: string
  /** In this the folder of the records is made. Default that of the ledgers. */
  readonly recordParent?: string
  /** Seconds. */
  readonly retryAfter: number
  /** Seconds that a statement of a server may take. Default that of the queue. */
  readonly deadline?: number
  /** Workers of different names do not see that one of the others is dead, as if they were on different hosts. */
  readonly host?: string
}

/** What the jobs of a program have at hand. */
export interface Bench {
  readonly settings: ProgramSettings
  readonly loaded: LoadedQueue
  readonly ledger: Ledger
  readonly client: Client
}

export interface ProgramParts {
  /** Before the process id in the name of the ledger. */
  readonly role: string
  jobs(bench: Bench): readonly AnyJobDefinition[]
  /** Beside those of the queue. */
  commands?(bench: Bench, open: () => Promise<OpenedQueue>): readonly Command[]
}

export interface OpenedQueue extends AsyncDisposable {
  readonly queue: Queue
}

/** A program as a user has one: its jobs, its database client and the queue's commands, here with a ledger. */
export async function runProgram(script: string, parts: ProgramParts): Promise<void> {
  const settings: ProgramSettings = JSON.parse(process.env.CHAOS_SETTINGS ?? '')
  const loaded = await loadQueue(settings.source, settings.driver)
  let client: Client | undefined
  const bench = {
    settings,
    loaded,
    ledger: new Ledger(settings.folder, parts.role),
    // Whoever runs no jobs connects to nothing.
    get client() {
      client ??= loaded.openClient(settings.clientPlace ?? settings.place)
      return client
    },
  }
  const open = async () => openQueue(bench, parts.jobs(bench))
  const recordFolder = join(settings.recordParent ?? settings.folder, `records-${settings.host ?? 'here'}`)
  // Now, because few processes of a fleet end in a way that lets them keep what they compiled.
  flushCompileCache()
  const { queueCommands, runCommand, processTerminal } = loaded.commands
  process.exitCode = await runCommand(
    {
      name: 'chaos',
      summary: { es: 'Pruebas', en: 'Tests' },
      commands: [...queueCommands({ open, script, recordFolder }), ...(parts.commands?.(bench, open) ?? [])],
      onDefect: (error) => console.error(error),
    },
    process.argv.slice(2),
    processTerminal('en'),
  )
  await client?.[Symbol.asyncDispose]()
}

function openQueue({ loaded, settings, ledger }: Bench, jobs: readonly AnyJobDefinition[]): OpenedQueue {
  const { place, retryAfter, deadline } = settings
  // Of its own: the jobs' tells with its first line that the process has begun to work.
  const delays = new Ledger(settings.folder, 'delays')
  const connection = timed(loaded.connect(place, { retryAfter, ...(deadline && { deadline }) }), delays)
  const queue = loaded.index.createQueue({ connection, jobs })
  queue.on('jobProcessed', ({ uuid, attempt }) => ledger.write({ event: 'done', uuid, attempt }))
  queue.on('jobReleased', ({ uuid, attempt, error }) => {
    const isStopped = error instanceof Error && error.name === 'WorkerStoppedError'
    ledger.write({ event: isStopped ? 'given-back' : 'released', uuid, attempt })
  })
  queue.on('jobFailed', ({ uuid, attempt }) => ledger.write({ event: 'failed', uuid, attempt }))
  queue.on('leaseLost', ({ uuid, attempt }) => ledger.write({ event: 'lease-lost', uuid, attempt }))
  queue.on('workerError', ({ error }) => ledger.write({ event: 'worker-error', error: String(error) }))
  const watch = watchForStalls(delays)
  return {
    queue,
    [Symbol.asyncDispose]: async () => {
      await queue.close()
      clearInterval(watch)
      delays[Symbol.dispose]()
    },
  }
}

/** A renewal that comes later than this may come too late: a reservation has whole seconds, of which it may lose one. */
const lateMs = 250
const stallCheckMs = 50

/** Tells of renewals that took long: other workers may have had the jobs meanwhile. */
function timed(connection: Connection, ledger: Ledger): Connection {
  return wrappedConnection(connection, {
    renew: async (reservations: readonly Reservation[]) => {
      const startedAt = performance.now()
      return connection.renew(reservations).finally(() => tell(performance.now() - startedAt))
    },
  })
  function tell(ms: number): void {
    if (ms > lateMs) ledger.write({ event: 'slow-renewal', ms: Math.round(ms) })
  }
}

function watchForStalls(ledger: Ledger): NodeJS.Timeout {
  let expectedAt = performance.now() + stallCheckMs
  return setInterval(() => {
    const ms = performance.now() - expectedAt
    if (ms > lateMs) ledger.write({ event: 'stall', ms: Math.round(ms) })
    expectedAt = performance.now() + stallCheckMs
  }, stallCheckMs)
}

/** Runs a handler's work between the ledger's lines for it. */
export async function recorded(
  ledger: Ledger,
  { uuid, attempt }: Pick<JobContext, 'uuid' | 'attempt'>,
  work: () => Promise<'returned' | 'released'>,
): Promise<void> {
  ledger.write({ event: 'start', uuid, attempt })
  try {
    ledger.write({ event: 'end', uuid, attempt, how: await work() })
  } catch (error) {
    ledger.write({ event: 'end', uuid, attempt, how: 'threw' })
    throw error
  }
}

/** Takes its time as work does that heeds its signal. */
export async function takeTime(ms: number, signal: AbortSignal): Promise<void> {
  await wait(ms, undefined, { signal })
}

export async function writeEffect(
  tx: Transaction,
  driver: DriverName,
  { uuid, attempt }: Pick<JobContext, 'uuid' | 'attempt'>,
): Promise<void> {
  const places = driver === 'postgres' ? '$1, $2, $3' : '?, ?, ?'
  await tx.query(`insert into effects (uuid, attempt, pid) values (${places})`, [uuid, attempt, process.pid])
}
