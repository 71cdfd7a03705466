import { InvalidPayloadError } from '../errors.ts'
import { type PhpCommand, readCommand } from './command.ts'
import type { Encrypter } from './encrypter.ts'
import { toAsciiJson, toPhpJson } from './php-json.ts'

/**
 * The JSON text in `jobs.payload`, as Laravel writes it. Of a *string job* `job` names the handler and `data` is plain JSON;
 * of a *class job* `data.commandName` names the class and `data.command` is its serialized object. Keys, their order and the
 * escaping are Laravel's, so that either side can read what the other wrote; keys this reader does not know are kept,
 * because release, fail and retry move the text verbatim.
 */
export interface Payload {
  readonly uuid: string
  readonly displayName: string
  /** The name a handler is registered for: that of the class, of a class job. */
  readonly job: string
  readonly maxTries: number | null
  /** How many errors let the job fail, however many tries are left. */
  readonly maxExceptions: number | null
  readonly failOnTimeout: boolean
  /** Seconds before the next try, one per try, the last repeats; null when the payload does not say. */
  readonly backoff: readonly number[] | null
  /** Seconds. */
  readonly timeout: number | null
  /** Unix seconds until which the job is tried, however often; null when its tries count. */
  readonly retryUntil: number | null
  /** The job ends quietly when what it is about is gone. */
  readonly deleteWhenMissingModels: boolean
  /** Of a string job. */
  readonly data: unknown
  /** Of a class job: as PHP serialized it, or encrypted. */
  readonly command?: string
  /** Of a class job: keys that others added, such as the tenant of an application that has many. */
  readonly extras?: Readonly<Record<string, unknown>>
}

/** Reads a payload; absent keys get Laravel's meaning for them. Throws `InvalidPayloadError`. */
export function readPayload(text: string): Payload {
  const payload = parseObject(text)
  const { job, uuid, data } = payload
  if (typeof job !== 'string' || job === '') throw new InvalidPayloadError('it does not name its job')
  if (typeof uuid !== 'string' || uuid === '') throw new InvalidPayloadError('it has no uuid')
  const classJob = job === callQueuedHandler ? readClassJob(data) : undefined
  return {
    uuid,
    displayName: textOr(payload.displayName, classJob?.job ?? job),
    maxTries: wholeNumberOrNull(payload.maxTries, 65_535),
    maxExceptions: wholeNumberOrNull(payload.maxExceptions, 65_535),
    failOnTimeout: payload.failOnTimeout === true,
    backoff: readBackoff(payload.backoff),
    timeout: wholeNumberOrNull(payload.timeout, maxSeconds),
    retryUntil: wholeNumberOrNull(payload.retryUntil, Number.MAX_SAFE_INTEGER),
    deleteWhenMissingModels: payload.deleteWhenMissingModels === true,
    ...(classJob ?? { job, data }),
    // Only what may have a chain hands them on.
    ...(classJob && extrasOf(payload)),
  }
}

const knownKeys: ReadonlySet<string> = new Set([
  'uuid',
  'displayName',
  'job',
  'maxTries',
  'maxExceptions',
  'failOnTimeout',
  'backoff',
  'timeout',
  'retryUntil',
  'deleteWhenMissingModels',
  'data',
  'createdAt',
  'delay',
  // Of other drivers and of older versions: of this one job.
  'id',
  'attempts',
  'timeoutAt',
])

function extrasOf(payload: Readonly<Record<string, unknown>>): Pick<Payload, 'extras'> | undefined {
  const extras = Object.entries(payload).filter(([key]) => !knownKeys.has(key))
  return extras.length === 0 ? undefined : { extras: Object.fromEntries(extras) }
}

/** The texts of which a payload contains one when it names the job, however its JSON was escaped. */
export function textsNaming(job: string): readonly string[] {
  const json = JSON.stringify(job)
  const escaped = json.replaceAll('/', '\\/')
  // The last one as PHP writes when it is not told otherwise.
  const spellings = new Set([json, escaped, toAsciiJson(escaped)])
  // Laravel writes no space; a person may.
  return [...spellings].flatMap((spelling) =>
    ['"job":', '"job": ', '"commandName":', '"commandName": '].map((key) => key + spelling),
  )
}

/** What Laravel's payloads name as the job of every class job. */
export const callQueuedHandler = 'Illuminate\\Queue\\CallQueuedHandler@call'

function readClassJob(data: unknown): { readonly job: string; readonly data: null; readonly command: string } {
  const { commandName, command } =
    typeof data === 'object' && data !== null ? { ...emptyClassJob, ...data } : emptyClassJob
  if (typeof commandName !== 'string' || commandName === '') throw new InvalidPayloadError('it does not name its class')
  if (typeof command !== 'string') throw new InvalidPayloadError('it has no serialized command')
  return { job: commandName, data: null, command }
}

const emptyClassJob: Readonly<Record<'commandName' | 'command', unknown>> = { commandName: '', command: '' }

export interface PayloadDescription {
  readonly uuid: string | null
  /** What people read. */
  readonly name: string
  /** What a handler is registered for. */
  readonly job: string
  readonly data: unknown
}

/** What a person wants to see of a payload; never throws, whatever the text. What cannot be read is null. */
export function describePayload(text: string, encrypter?: Encrypter): PayloadDescription {
  try {
    const { uuid, job, displayName, data } = parseObject(text)
    const handler = job === callQueuedHandler ? describeClassJob(data, encrypter) : { job: textOr(job, '?'), data }
    return {
      uuid: typeof uuid === 'string' && uuid !== '' ? uuid : null,
      name: textOr(displayName, handler.job),
      ...handler,
    }
  } catch {
    return { uuid: null, name: '?', job: '?', data: null }
  }
}

function describeClassJob(data: unknown, encrypter: Encrypter | undefined): Pick<PayloadDescription, 'job' | 'data'> {
  const { job, command } = readClassJob(data)
  try {
    return { job, data: readCommand(command, encrypter).data }
  } catch {
    return { job, data: null }
  }
}

/** What the handler gets, and of a class job also what Laravel's traits said beside it. */
export interface JobData {
  readonly data: unknown
  readonly command?: PhpCommand
}

/** Reads the data of a job; of a class job it is serialized, perhaps encrypted. Throws `InvalidPayloadError`. */
export function readJobData({ data, command: text }: Payload, encrypter?: Encrypter): JobData {
  if (text === undefined) return { data }
  const command = readCommand(text, encrypter)
  return { data: command.data, command }
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  const value = parseJson(text)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidPayloadError('it is not a JSON object')
  }
  // A copy, for the type: what was parsed has string keys only.
  return { ...value }
}

function parseJson(text: string): unknown {
  try {
    return mayHavePrototype.test(text) ? JSON.parse(text, refusePrototype) : JSON.parse(text)
  } catch (error) {
    if (error instanceof InvalidPayloadError) throw error
    throw new InvalidPayloadError('it is not JSON', { cause: error })
  }
}

/** The key itself, or an escape that one of its letters could be written as. Looking at every key takes five times longer. */
const mayHavePrototype = /__proto__|\\u00[5-7]/i

// JSON may carry an own key `__proto__`, which a later merge would turn into the prototype of an object.
function refusePrototype(key: string, value: unknown): unknown {
  if (key === '__proto__') throw new InvalidPayloadError('it has a key __proto__')
  return value
}

function textOr(value: unknown, fallback: string): string {
  return typeof value === 'string' && value !== '' ? value : fallback
}

/** Beyond a day Node's timers would fire at once, and a retry would never come. */
const maxSeconds = 86_400

function wholeNumberOrNull(value: unknown, max: number): number | null {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? Math.min(value, max) : null
}

function readBackoff(value: unknown): readonly number[] | null {
  if (typeof value !== 'string' && typeof value !== 'number') return null
  const seconds = String(value).split(',').map(Number)
  const isUsable = seconds.every((each) => Number.isInteger(each) && each >= 0)
  return isUsable ? seconds.map((each) => Math.min(each, maxSeconds)) : null
}

/**
 * The text for another round of tries: verbatim, but for a count of attempts that some drivers keep in it, and for a
 * deadline that is over: it is set anew by what `retryUntil` knows of the job, or taken away. `now` in unix seconds.
 */
export function prepareRetry(text: string, now: number, retryUntil: (job: string) => number | null): string {
  try {
    const payload = parseObject(text)
    const until = payload.retryUntil
    const isOver = typeof until === 'number' && until <= now
    if (!('attempts' in payload) && !isOver) return text
    return toPhpJson({
      ...payload,
      ...('attempts' in payload && { attempts: 0 }),
      ...(isOver && { retryUntil: retryUntil(readPayload(text).job) }),
    })
  } catch {
    return text
  }
}
