import { mkdirSync, renameSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Queue, QueueEvents } from '@surtidor/queue'
import { type Logger, pino } from 'pino'
import type { Config } from './config.ts'
import { ApplicationError } from './errors.ts'

export type { Logger } from 'pino'

const maxBytes = 10 * 1_048_576
const keptFiles = 5
const levels = { debug: 'debug', info: 'info', warning: 'warn', error: 'error' } as const

/**
 * Opens `storage/logs/surtidor.log`: one JSON line an event, on disk when the call returns, so that a killed worker
 * leaves its last words. Throws `UnwritableLogError`; once it is open, a write that fails never reaches the caller.
 */
export function openLog(config: Pick<Config, 'logFile' | 'logLevel' | 'locale'>): Logger {
  return pino(
    {
      level: levels[config.logLevel],
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: withoutValues },
    },
    openDestination(config),
  )
}

/** MySQL's client adds the statement with its values, PostgreSQL the row: addresses, and what is kept of passwords. */
function withoutValues(error: Error) {
  const { sql: _sql, detail: _detail, ...known } = pino.stdSerializers.err(error)
  return known
}

/** Lines wait here while the disk is full, and are dropped beyond this. */
const maxWaitingBytes = 1_048_576

function openDestination({ logFile, locale }: Pick<Config, 'logFile' | 'locale'>) {
  try {
    mkdirSync(dirname(logFile), { recursive: true, mode: 0o700 })
    rotate(logFile)
    const options = { dest: logFile, append: true, sync: true, mode: 0o600, maxLength: maxWaitingBytes }
    const destination = pino.destination(options)
    let hasSaidSo = false
    destination.on('error', (error: Error) => {
      if (hasSaidSo) return
      hasSaidSo = true
      process.stderr.write(`${new UnwritableLogError(logFile, error).text[locale]}\n`)
    })
    return destination
  } catch (error) {
    throw new UnwritableLogError(logFile, error)
  }
}

/** Keeps the detail of an error of ours. The command has failed already: a log that fails too is only told, never thrown. */
export function logDefect(config: Config, defect: unknown): void {
  try {
    openLog(config).error({ event: 'defect', err: defect })
  } catch (error) {
    if (!(error instanceof UnwritableLogError)) throw error
    process.stderr.write(`${error.text[config.locale]}\n`)
  }
}

/** At the start of a process only: cron starts one each minute, and one that still writes goes on in the renamed file. */
function rotate(file: string): void {
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) < maxBytes) return
  for (let number = keptFiles; number >= 1; number -= 1) {
    try {
      renameSync(number === 1 ? file : `${file}.${number - 1}`, `${file}.${number}`)
    } catch {
      // There are fewer files yet, or another process was faster.
    }
  }
}

/** Writes the life of every job to the log; `grep` for a job's name finds all of it. Data of jobs stays out. */
export function logQueue(queue: Queue, log: Logger): void {
  const line = (event: string, { name, uuid, queue: queueName }: { name: string; uuid: string; queue: string }) => ({
    job: name,
    event,
    uuid,
    queue: queueName,
  })
  queue.on('jobReleased', (info) => {
    const facts = { ...line('released', info), attempt: info.attempt, delaySeconds: info.delaySeconds }
    log.warn({ ...facts, error: firstLine(info.error) }, `${info.name} vuelve a la cola`)
  })
  queue.on('jobFailed', (info) => {
    log.error({ ...line('failed', info), attempt: info.attempt, error: firstLine(info.error) }, `${info.name} falló`)
  })
  queue.on('leaseLost', (info) =>
    log.warn({ ...line('lease_lost', info), attempt: info.attempt }, `${info.name}: otro proceso lo tiene`),
  )
  queue.on('workerDied', ({ cause, forgiven }) =>
    log.warn({ event: 'worker_died', cause, forgiven }, 'Un proceso de trabajo murió; sus trabajos vuelven a la cola'),
  )
  queue.on('workerError', ({ error }: QueueEvents['workerError']) =>
    log.error({ event: 'worker_error', error: firstLine(error) }),
  )
}

function firstLine(error: unknown): string | undefined {
  if (error === undefined) return undefined
  return String(error instanceof Error ? error.message : error).split('\n')[0]
}

export class UnwritableLogError extends ApplicationError {
  readonly code = 'UNWRITABLE_LOG'

  constructor(path: string, cause: unknown) {
    const reason = firstLine(cause)
    super(
      {
        es: `No se puede escribir el registro ${path} (${reason}). Revise que su carpeta exista, se pueda escribir y tenga espacio.`,
        en: `The log ${path} cannot be written (${reason}). Check that its folder exists, may be written and has space.`,
      },
      { cause },
    )
  }
}
