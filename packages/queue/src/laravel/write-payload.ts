import type { LaravelFormat } from './formats.ts'
import { callQueuedHandler } from './payload.ts'
import { toPhpJson } from './php-json.ts'
import { type CommandSettings, type PhpClass, writeCommand } from './write-command.ts'

/** What all payloads of a job have in common. */
export interface PayloadHead {
  readonly job: string
  /** Of a class job. */
  readonly php: PhpClass | undefined
  readonly maxTries: number | null
  readonly maxExceptions: number | null
  readonly failOnTimeout: boolean
  readonly backoff: readonly number[] | null
  readonly timeout: number | null
  readonly deleteWhenMissingModels: boolean
}

export interface PayloadFacts {
  /** Printable ASCII without quotes and backslashes. */
  readonly uuid: string
  readonly data: unknown
  /** Unix seconds. */
  readonly createdAt: number
  /** Seconds. */
  readonly delay: number | null
  /** Unix seconds. */
  readonly retryUntil: number | null
  /** Where the dispatch, not the definition, says the job goes. */
  readonly queue: string | null
  /** Of a class job. */
  readonly batchId: string | null
}

type Keys = Record<string, unknown>

/** Writes the payloads of a job. The writer throws `TypeError` for data that either side could not read again. */
export function payloadWriter(head: PayloadHead, settings: CommandSettings): (facts: PayloadFacts) => string {
  return head.php ? classJobWriter(head, head.php, settings) : stringJobWriter(head, settings)
}

// One object that becomes text in one go: parts put together would be copied again by everyone who reads them.
function stringJobWriter(head: PayloadHead, { format }: CommandSettings): (facts: PayloadFacts) => string {
  const { job, maxTries, maxExceptions, failOnTimeout, timeout } = head
  const [displayName] = job.split('@')
  const backoff = head.backoff?.join(',') ?? null
  return ({ uuid, data, createdAt, delay, retryUntil }) => {
    const keys: Keys = { uuid, displayName, job, maxTries, maxExceptions, failOnTimeout, backoff, timeout, data }
    // Laravel's own string jobs never have it, but its worker heeds it.
    if (retryUntil !== null) keys.retryUntil = retryUntil
    if (format.tellsWhen) Object.assign(keys, { createdAt, delay })
    const text = toPhpJson(keys)
    if (!text.includes(',"data":')) throw new TypeError('it is a function or a symbol')
    return text
  }
}

function classJobWriter(head: PayloadHead, php: PhpClass, settings: CommandSettings): (facts: PayloadFacts) => string {
  return ({ data, queue, ...facts }) => {
    const said = { queue, delay: facts.delay }
    const command = writeCommand({ className: head.job, php, data, said, batchId: facts.batchId }, settings)
    return classJobPayload(head, { ...facts, command }, settings.format)
  }
}

export interface ClassJobFacts extends Omit<PayloadFacts, 'data' | 'queue'> {
  /** Serialized, perhaps encrypted. */
  readonly command: string
  /** Keys that others added to the payload before it. */
  readonly extras?: Readonly<Record<string, unknown>>
}

/** The payload of a class job whose command is there already. */
export function classJobPayload(head: PayloadHead, facts: ClassJobFacts, format: LaravelFormat): string {
  const { job, maxTries, maxExceptions, failOnTimeout, timeout, deleteWhenMissingModels } = head
  const { uuid, command, batchId, createdAt, delay, retryUntil, extras } = facts
  const backoff = head.backoff?.join(',') ?? null
  const displayName = head.php?.displayName ?? job
  const start = { displayName, job: callQueuedHandler, maxTries, maxExceptions, failOnTimeout, backoff, timeout }
  const keys: Keys = { uuid, ...start, retryUntil }
  if (format.tellsMissingModels) keys.deleteWhenMissingModels = deleteWhenMissingModels
  keys.data = { commandName: job, command, ...(format.tellsBatch && { batchId }) }
  if (format.tellsWhen) keys.createdAt = createdAt
  Object.assign(keys, extras)
  if (format.tellsWhen) keys.delay = delay
  return toPhpJson(keys)
}
