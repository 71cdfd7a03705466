import { isUtf8 } from 'node:buffer'
import { randomUUID } from 'node:crypto'
import type { NewJob } from '../connection.ts'
import { InvalidPayloadError } from '../errors.ts'
import { encryptedCommand, type PhpCommand, readObject, textOrNull } from './command.ts'
import type { LaravelFormat } from './formats.ts'
import { secondsFromNow, unixSecondsOf } from './php/moment.ts'
import { serialize } from './php/serialize.ts'
import { isStructure, type PhpObject, type PhpProperty, type PhpValue } from './php/value.ts'
import type { CommandSettings } from './write-command.ts'
import { classJobPayload, type PayloadHead } from './write-payload.ts'

/**
 * A chain travels in the serialized command of its next job: each carries all that follow it. Whoever completes a job
 * dispatches the next one, with the rest of the chain, as Laravel's `dispatchNextJobInChain` does.
 */
export interface ChainSettings extends CommandSettings {
  /** What is known of a class beside its command. */
  readonly headOf: (className: string) => KnownHead | undefined
}

export interface KnownHead extends PayloadHead {
  /** Unix seconds; null when only the tries count. */
  readonly retryUntil: number | null
}

/** The job that has ended. */
export interface Predecessor {
  readonly command: PhpCommand
  /** What others added to its payload goes on to the next one. */
  readonly extras: Readonly<Record<string, unknown>> | undefined
}

export interface ChainedJob {
  readonly payload: string
  /** Null for the default one. */
  readonly queue: string | null
  readonly due: NewJob['due']
}

/** The next job of a chain; undefined at its end. Throws `InvalidPayloadError`. */
export function nextInChain(
  { command: { chain, isEncrypted }, extras }: Predecessor,
  settings: ChainSettings,
): ChainedJob | undefined {
  const [first, ...rest] = chain.jobs
  if (first === undefined) return undefined
  const next = readObject(first)
  if (hasReference(next)) throw new InvalidPayloadError('the next job of its chain has references in it')
  const said = (name: string) => next.properties.find((property) => property.name === name)?.value ?? null
  const queue = textOrNull(said('queue')) ?? chain.queue
  const { delay, due } = dueIn(said('delay'))
  const command = withProperties(next, settings.format, {
    connection: said('connection') ?? chain.connection,
    queue,
    chained: listOf(rest),
    chainConnection: chain.connection,
    chainQueue: chain.queue,
    chainCatchCallbacks: chain.catchCallbacks,
  })
  const head = settings.headOf(next.className) ?? headFrom(next, said)
  const text = serialize(command)
  // A class may say itself that it is encrypted. What followed an encrypted job stays secret in any case.
  const isSecret = isEncrypted || head.php?.isEncrypted === true
  const payload = classJobPayload(
    head,
    {
      uuid: randomUUID(),
      command: isSecret ? encryptedCommand(text, settings.encrypter) : readable(text),
      batchId: textOrNull(said('batchId')),
      createdAt: Math.floor(Date.now() / 1000),
      delay,
      retryUntil: head.retryUntil,
      ...(extras && { extras }),
    },
    settings.format,
  )
  return { payload, queue, due }
}

/** What the command itself says of how it is run, where the class is not known here. */
function headFrom({ className }: PhpObject, said: (name: string) => PhpValue): KnownHead {
  return {
    job: className,
    php: undefined,
    maxTries: wholeNumber(said('tries')),
    maxExceptions: wholeNumber(said('maxExceptions')),
    failOnTimeout: said('failOnTimeout') === true,
    backoff: secondsList(said('backoff')),
    timeout: wholeNumber(said('timeout')),
    deleteWhenMissingModels: said('deleteWhenMissingModels') === true,
    retryUntil: momentIn(said('retryUntil')),
  }
}

interface Due {
  /** Seconds, as the payload says it. */
  readonly delay: number | null
  readonly due: NewJob['due']
}

/** Seconds, or a date or an interval of PHP. Throws `InvalidPayloadError` for what is none of them. */
function dueIn(value: PhpValue): Due {
  if (value === null) return { delay: null, due: { inSeconds: 0 } }
  const object = isStructure(value) && value.php === 'object' ? value : undefined
  const moment = object && unixSecondsOf(object)
  // The clock of the database decides when that is.
  if (moment !== undefined) return dueAt(moment)
  const seconds = typeof value === 'number' ? value : object && secondsFromNow(object)
  if (seconds === undefined) throw new InvalidPayloadError('the next job of its chain has a delay that is no time')
  const delay = Math.min(Math.max(0, seconds), maxDelaySeconds)
  return { delay, due: { inSeconds: delay } }
}

function dueAt(moment: number): Due {
  const atUnixSeconds = Math.min(Math.max(0, moment), latestUnixSeconds)
  return { delay: Math.max(0, atUnixSeconds - Math.floor(Date.now() / 1000)), due: { atUnixSeconds } }
}

/** What the columns hold. */
const latestUnixSeconds = 4_294_967_295
const maxDelaySeconds = 2_147_483_647

/** Unix seconds, or a date of PHP. */
function momentIn(value: PhpValue): number | null {
  if (isStructure(value) && value.php === 'object') return unixSecondsOf(value) ?? null
  return wholeNumber(value)
}

/** JSON is text. */
function readable(command: Buffer): string {
  if (isUtf8(command)) return command.toString()
  throw new InvalidPayloadError('the next job of its chain has bytes that are no text')
}

function wholeNumber(value: PhpValue): number | null {
  return typeof value === 'number' && value >= 0 ? value : null
}

function secondsList(value: PhpValue): readonly number[] | null {
  if (typeof value === 'number') return [value]
  if (!isStructure(value) || value.php !== 'array') return null
  const seconds = value.entries.map(([, each]) => wholeNumber(each))
  return seconds.every((each) => each !== null) && seconds.length > 0 ? seconds : null
}

function listOf(texts: readonly (string | Uint8Array)[]): PhpValue {
  return { php: 'array', entries: texts.map((text, index) => [index, text] as const) }
}

/** As PHP would write the object: a property that has its initial value is left out, unless it was written before. */
function withProperties(
  object: PhpObject,
  { queueable }: LaravelFormat,
  changes: Readonly<Record<string, PhpValue>>,
): PhpObject {
  const known = new Map(object.properties.map((property) => [property.name, property]))
  const trait = queueable.flatMap(([name, initial]): PhpProperty[] => {
    const value = changes[name] ?? known.get(name)?.value ?? initial
    const isWritten = known.has(name) || !serialize(value).equals(serialize(initial))
    return isWritten ? [{ name, visibility: 'public', value }] : []
  })
  const names = new Set(queueable.map(([name]) => name))
  return { ...object, properties: [...object.properties.filter(({ name }) => !names.has(name)), ...trait] }
}

/** References count the values before them: properties that come or go would make them mean others. */
function hasReference(value: PhpValue): boolean {
  if (!isStructure(value)) return false
  if (value.php === 'array') return value.entries.some(([, each]) => hasReference(each))
  if (value.php === 'object') return value.properties.some((property) => hasReference(property.value))
  return value.php === 'reference'
}
