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
  const { format } = settings
  const { job, maxTries, maxExceptions, failOnTimeout, timeout, deleteWhenMissingModels } = head
  const backoff = head.backoff?.join(',') ?? null
  const start = { displayName: job, job: callQueuedHandler, maxTries, maxExceptions, failOnTimeout, backoff, timeout }
  return ({ uuid, data, createdAt, delay, retryUntil, queue }) => {
    const command = writeCommand({ className: job, php, data, said: { queue, delay } }, settings)
    const keys: Keys = { uuid, ...start, retryUntil }
    if (format.tellsMissingModels) keys.deleteWhenMissingModels = deleteWhenMissingModels
    keys.data = { commandName: job, command, ...(format.tellsBatch && { batchId: null }) }
    if (format.tellsWhen) Object.assign(keys, { createdAt, delay })
    return toPhpJson(keys)
  }
}
