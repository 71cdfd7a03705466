import { randomUUID } from 'node:crypto'
import type { NewJob, Transaction } from './connection.ts'
import { InvalidOptionError, InvalidPayloadError, PayloadTooLargeError } from './errors.ts'
import type { AnyJobDefinition } from './job.ts'
import { payloadWriter } from './laravel/payload.ts'
import { checkData } from './schema.ts'

export interface DispatchOptions {
  readonly queue?: string | undefined
  /** Seconds from now, or the moment at which the job is due. */
  readonly delay?: number | Date | undefined
  /** The application's open transaction: the job exists exactly when it commits. */
  readonly tx?: Transaction | undefined
  /** The job's identity through releases, failures and retries. Default a new UUID. */
  readonly uuid?: string | undefined
}

export interface DispatchedJob {
  readonly uuid: string
  readonly name: string
  readonly queue: string
}

export interface PreparedJob {
  readonly dispatched: DispatchedJob
  readonly data: unknown
  readonly job: NewJob
}

export interface PayloadLimits {
  readonly defaultQueue: string
  readonly maxPayloadBytes: number
}

export interface DispatchRequest {
  readonly definition: AnyJobDefinition
  readonly data: unknown
  readonly options: DispatchOptions
}

/** Everything that can be refused is refused here, before anything is written. */
export function prepareJob(request: DispatchRequest, limits: PayloadLimits): PreparedJob | Promise<PreparedJob> {
  const { definition, data } = request
  if (!definition.schema) return prepareChecked(request, limits)
  return checkData(definition, data).then(() => prepareChecked(request, limits))
}

function prepareChecked({ definition, data, options }: DispatchRequest, limits: PayloadLimits): PreparedJob {
  const queue = checkQueueName(options.queue ?? definition.options.queue ?? limits.defaultQueue)
  const uuid = options.uuid === undefined ? randomUUID() : checkUuid(options.uuid)
  const payload = encode(definition, { uuid, data, delay: delayInSeconds(options.delay) })
  const bytes = Buffer.byteLength(payload)
  if (bytes > limits.maxPayloadBytes) throw new PayloadTooLargeError(definition.name, bytes, limits.maxPayloadBytes)
  return {
    dispatched: { uuid, name: definition.name, queue },
    data,
    job: { queue, payload, due: dueOf(options.delay) },
  }
}

let checkedName = ''

/** Laravel allows 255 characters and reads `--queue` as a list with commas. */
export function checkQueueName(name: string): string {
  // Nearly every job goes to the same queue as the one before it.
  if (name === checkedName) return name
  if (!/^[^\p{C},]{1,255}$/u.test(name)) {
    throw new InvalidOptionError('queue', name, '1 to 255 printable characters without a comma')
  }
  checkedName = name
  return name
}

interface Encoded {
  readonly uuid: string
  readonly data: unknown
  readonly delay: number | null
}

function encode(definition: AnyJobDefinition, encoded: Encoded): string {
  const payload = write(definition, encoded)
  const problem = problemOf(payload)
  if (problem) throw new InvalidPayloadError(`the data of ${definition.name} ${problem}`)
  return payload
}

function write(definition: AnyJobDefinition, { uuid, data, delay }: Encoded): string {
  try {
    return writerOf(definition)({
      uuid,
      data: data === undefined ? '' : data,
      createdAt: Math.floor(Date.now() / 1000),
      delay,
    })
  } catch (error) {
    const [reason = ''] = String(error instanceof Error ? error.message : error).split('\n')
    throw new InvalidPayloadError(`the data of ${definition.name} is not JSON (${reason}); dispatch plain values`, {
      cause: error,
    })
  }
}

const writers = new WeakMap<AnyJobDefinition, ReturnType<typeof payloadWriter>>()

function writerOf(definition: AnyJobDefinition): ReturnType<typeof payloadWriter> {
  const known = writers.get(definition)
  if (known) return known
  const { name, options } = definition
  const writer = payloadWriter({
    job: name,
    maxTries: options.tries ?? null,
    failOnTimeout: options.failOnTimeout ?? false,
    backoff: options.backoff === undefined ? null : [options.backoff].flat(),
    timeout: options.timeout ?? null,
  })
  writers.set(definition, writer)
  return writer
}

/** What a worker could not read again, ours or PHP's. */
function problemOf(payload: string): string | undefined {
  // JSON writes half of a surrogate pair as an escape, which PHP refuses.
  if (payload.includes('\\u') && /(?<!\\)(?:\\\\)*\\ud[89a-f]/i.test(payload)) return 'has text that is not well formed'
  return payload.includes('"__proto__":') ? 'has a key __proto__' : undefined
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
  const seconds = delay instanceof Date ? Math.ceil((delay.getTime() - Date.now()) / 1000) : delay
  const isTooLate = delay instanceof Date && !(delay.getTime() / 1000 <= latestUnixSeconds)
  if (
    isTooLate ||
    !Number.isInteger(seconds) ||
    seconds > maxDelaySeconds ||
    (seconds < 0 && !(delay instanceof Date))
  ) {
    const value = delay instanceof Date && Number.isNaN(delay.getTime()) ? 'an invalid date' : delay
    throw new InvalidOptionError('delay', value, `whole seconds from 0 to ${maxDelaySeconds}, or a date before 2106`)
  }
  return Math.max(0, seconds)
}

function checkUuid(uuid: string): string {
  if (!/^[\x21\x23-\x5b\x5d-\x7e]{1,255}$/.test(uuid)) throw new InvalidOptionError('uuid', uuid, 'a UUID')
  return uuid
}
