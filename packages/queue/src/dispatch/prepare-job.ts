import { randomUUID } from 'node:crypto'
import type { NewJob, Transaction } from '../connection.ts'
import { InvalidOptionError, InvalidPayloadError, PayloadTooLargeError } from '../errors.ts'
import type { AnyJobDefinition } from '../job.ts'
import type { CommandSettings } from '../laravel/write-command.ts'
import { payloadWriter } from '../laravel/write-payload.ts'
import { headOf, unixSecondsOf } from '../payload-head.ts'
import { checkQueueName } from '../queue-name.ts'
import { checkData } from '../schema.ts'

export interface DispatchOptions {
  readonly queue?: string | undefined
  /** Seconds from now, or the moment at which the job is due. */
  readonly delay?: number | Date | undefined
  /** The application's open transaction: the job exists exactly when it commits. */
  readonly tx?: Transaction | undefined
  /** The job's identity through releases, failures and retries. Default a new UUID. */
  readonly uuid?: string | undefined
  /**
   * Names what is dispatched: for a day, another dispatch with the same key writes nothing and answers `isSkipped`. Who
   * was not told whether the job was written dispatches it again.
   */
  readonly key?: string | undefined
}

export interface DispatchedJob {
  readonly uuid: string
  readonly name: string
  readonly queue: string
  /** True when it was not dispatched: it is unique and another is still there, or its key was used before. */
  readonly isSkipped?: boolean
}

/** A job that is named and checked, and not yet put into text. */
export interface PreparedJob {
  readonly dispatched: DispatchedJob
  readonly data: unknown
  readonly definition: AnyJobDefinition
  readonly due: NewJob['due']
  /** Seconds, as the payload says it. */
  readonly delay: number | null
  /** Where the dispatch said that the job goes. */
  readonly queue: string | null
  /** Of a member of a batch. */
  readonly batchId?: string
}

export interface EncodeSettings extends CommandSettings {
  readonly maxPayloadBytes: number
}

export interface DispatchRequest {
  readonly definition: AnyJobDefinition
  readonly data: unknown
  readonly options: DispatchOptions
}

/** Refuses wrong options, and data that does not fit the job's schema. */
export function prepareJob(request: DispatchRequest, defaultQueue: string): PreparedJob | Promise<PreparedJob> {
  const { definition, data } = request
  if (!definition.schema) return prepareChecked(request, defaultQueue)
  return checkData(definition, data).then(() => prepareChecked(request, defaultQueue))
}

function prepareChecked({ definition, data, options }: DispatchRequest, defaultQueue: string): PreparedJob {
  const queue = checkQueueName(options.queue ?? definition.options.queue ?? defaultQueue)
  const uuid = options.uuid === undefined ? randomUUID() : checkUuid(options.uuid)
  const delay = delayInSeconds(options.delay)
  const dispatched = { uuid, name: definition.name, queue }
  return { dispatched, data, definition, due: dueOf(options.delay), delay, queue: options.queue ?? null }
}

/** Puts a job into text; refuses data that is no JSON or too much of it. */
export function encodeJob(prepared: PreparedJob, settings: EncodeSettings): NewJob {
  const { dispatched, definition, due } = prepared
  const payload = encode(prepared, settings)
  checkSize(definition, payload, settings.maxPayloadBytes)
  return { queue: dispatched.queue, payload, due }
}

/** A UTF-16 unit is at most three bytes of UTF-8: only texts near the limit need counting. */
function checkSize({ name }: AnyJobDefinition, payload: string, maxBytes: number): void {
  if (payload.length * 3 <= maxBytes) return
  const bytes = Buffer.byteLength(payload)
  if (bytes > maxBytes) throw new PayloadTooLargeError(name, bytes, maxBytes)
}

function encode(prepared: PreparedJob, settings: CommandSettings): string {
  const { definition, dispatched, data, delay, queue, batchId = null } = prepared
  try {
    return writerOf(
      definition,
      settings,
    )({
      uuid: dispatched.uuid,
      data: data === undefined ? '' : data,
      createdAt: Math.floor(Date.now() / 1000),
      delay,
      queue,
      batchId,
      retryUntil: unixSecondsOf(definition.options.retryUntil?.()),
    })
  } catch (error) {
    const [reason = ''] = String(error instanceof Error ? error.message : error).split('\n')
    throw new InvalidPayloadError(
      `the data of ${definition.name} cannot be written as JSON (${reason}); dispatch plain values`,
      {
        cause: error,
      },
    )
  }
}

type Writer = ReturnType<typeof payloadWriter>

/** By the settings of a queue: a definition may be dispatched on several. */
const writers = new WeakMap<CommandSettings, WeakMap<AnyJobDefinition, Writer>>()

function writerOf(definition: AnyJobDefinition, settings: CommandSettings): Writer {
  const ofSettings = writers.get(settings) ?? new WeakMap<AnyJobDefinition, Writer>()
  writers.set(settings, ofSettings)
  const writer = ofSettings.get(definition) ?? newWriter(definition, settings)
  ofSettings.set(definition, writer)
  return writer
}

function newWriter(definition: AnyJobDefinition, settings: CommandSettings): Writer {
  return payloadWriter(headOf(definition), settings)
}

/** The columns hold unsigned 32-bit unix seconds in a Laravel table. */
const latestUnixSeconds = 4_294_967_295
const maxDelaySeconds = 2_147_483_647

function dueOf(delay: number | Date | undefined): NewJob['due'] {
  if (delay instanceof Date) return { atUnixSeconds: Math.ceil(delay.getTime() / 1000) }
  return { inSeconds: delay ?? 0 }
}

function delayInSeconds(delay: number | Date | undefined): number | null {
  if (delay === undefined) return null
  if (!isStorable(delay)) {
    const value = delay instanceof Date && Number.isNaN(delay.getTime()) ? 'an invalid date' : delay
    throw new InvalidOptionError('delay', value, `whole seconds from 0 to ${maxDelaySeconds}, or a date before 2106`)
  }
  return delay instanceof Date ? Math.max(0, Math.ceil((delay.getTime() - Date.now()) / 1000)) : delay
}

function isStorable(delay: number | Date): boolean {
  if (delay instanceof Date) return delay.getTime() / 1000 <= latestUnixSeconds
  return Number.isInteger(delay) && delay >= 0 && delay <= maxDelaySeconds
}

function checkUuid(uuid: string): string {
  if (!/^[\x21\x23-\x5b\x5d-\x7e]{1,255}$/.test(uuid)) throw new InvalidOptionError('uuid', uuid, 'a UUID')
  return uuid
}
