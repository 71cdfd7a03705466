import { InvalidPayloadError } from '../errors.ts'

/**
 * The JSON text in `jobs.payload`, as Laravel writes it for a *string job*: `job` names the handler and `data` is plain
 * JSON. Keys, their order and the escaping are Laravel's, so that either side can read what the other wrote; keys this
 * reader does not know are kept, because release, fail and retry move the text verbatim.
 */
export interface Payload {
  readonly uuid: string
  readonly displayName: string
  /** The name a handler is registered for. */
  readonly job: string
  readonly maxTries: number | null
  readonly failOnTimeout: boolean
  /** Seconds before the next try, one per try, the last repeats; null when the payload does not say. */
  readonly backoff: readonly number[] | null
  /** Seconds. */
  readonly timeout: number | null
  readonly data: unknown
}

/** What all payloads of a job have in common. */
export interface PayloadHead {
  readonly job: string
  readonly maxTries: number | null
  readonly failOnTimeout: boolean
  readonly backoff: readonly number[] | null
  readonly timeout: number | null
}

export interface PayloadFacts {
  /** Printable ASCII without quotes and backslashes. */
  readonly uuid: string
  readonly data: unknown
  /** Unix seconds. */
  readonly createdAt: number
  readonly delay: number | null
}

/** Writes the payloads of a job. The writer throws `TypeError` for data that either side could not read again. */
export function payloadWriter(head: PayloadHead): (facts: PayloadFacts) => string {
  const { job, maxTries, failOnTimeout, timeout } = head
  const [displayName] = job.split('@')
  const backoff = head.backoff?.join(',') ?? null
  // One object that becomes text in one go: parts put together would be copied again by everyone who reads them.
  return ({ uuid, data, createdAt, delay }) => {
    const text = toPhpJson({
      uuid,
      displayName,
      job,
      maxTries,
      maxExceptions: null,
      failOnTimeout,
      backoff,
      timeout,
      data,
      createdAt,
      delay,
    })
    if (!text.includes(',"data":')) throw new TypeError('it is a function or a symbol')
    return text
  }
}

/** PHP's `json_encode` as Laravel calls it: slashes and the two Unicode line separators are escaped. */
function toPhpJson(value: Readonly<Record<string, unknown>>): string {
  const json = JSON.stringify(value)
  // One look at the text instead of one for each: nearly none has any.
  if (!unusual.test(json)) return json
  checkReadable(json)
  return json.replaceAll('/', '\\/').replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')
}

const unusual = /[/\\\u2028\u2029]|"__proto__":/

/** Refuses what a worker could not read again, ours or PHP's. */
function checkReadable(json: string): void {
  // JSON writes half of a surrogate pair as an escape, which PHP refuses.
  if (/(?<!\\)(?:\\\\)*\\ud[89a-f]/i.test(json)) throw new TypeError('it has text that is not well formed')
  if (json.includes('"__proto__":')) throw new TypeError('it has a key __proto__')
}

/** Reads a payload; absent keys get Laravel's meaning for them. Throws `InvalidPayloadError`. */
export function readPayload(text: string): Payload {
  const payload = parseObject(text)
  const job = payload.job
  const uuid = payload.uuid
  if (typeof job !== 'string' || job === '') throw new InvalidPayloadError('it does not name its job')
  if (typeof uuid !== 'string' || uuid === '') throw new InvalidPayloadError('it has no uuid')
  return {
    uuid,
    job,
    displayName: textOr(payload.displayName, job),
    maxTries: wholeNumberOrNull(payload.maxTries, 65_535),
    failOnTimeout: payload.failOnTimeout === true,
    backoff: readBackoff(payload.backoff),
    timeout: wholeNumberOrNull(payload.timeout, maxSeconds),
    data: payload.data,
  }
}

export interface PayloadDescription {
  readonly uuid: string | null
  /** What people read. */
  readonly name: string
  /** What a handler is registered for. */
  readonly job: string
  readonly data: unknown
}

/** What a person wants to see of a payload; never throws, whatever the text. */
export function describePayload(text: string): PayloadDescription {
  try {
    const payload = parseObject(text)
    const job = textOr(payload.job, '?')
    const uuid = payload.uuid
    const name = textOr(payload.displayName, job)
    return { uuid: typeof uuid === 'string' && uuid !== '' ? uuid : null, name, job, data: payload.data }
  } catch {
    return { uuid: null, name: '?', job: '?', data: null }
  }
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

/** The text for another round of tries: verbatim, but for a count of attempts that some drivers keep in it. */
export function prepareRetry(text: string): string {
  try {
    const payload = parseObject(text)
    return 'attempts' in payload ? toPhpJson({ ...payload, attempts: 0 }) : text
  } catch {
    return text
  }
}
