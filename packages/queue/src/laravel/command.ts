import { InvalidPayloadError } from '../errors.ts'
import type { Encrypter } from './encrypter.ts'
import { plainProperties } from './php/plain.ts'
import { serialize } from './php/serialize.ts'
import { unserialize } from './php/unserialize.ts'
import { isStructure, type PhpObject, type PhpValue } from './php/value.ts'

/** The `data.command` of a class job: what the class itself carries, apart from what Laravel's traits add to it. */
export interface PhpCommand {
  readonly className: string
  /** The class's own properties under their plain names. */
  readonly data: Readonly<Record<string, unknown>>
  readonly chain: PhpChain
  readonly batchId: string | null
  readonly isEncrypted: boolean
}

/** The jobs that follow this one, and where those go that name no queue of their own. */
export interface PhpChain {
  /** Serialized commands, in order. */
  readonly jobs: readonly (string | Uint8Array)[]
  readonly queue: string | null
  readonly connection: string | null
  /** Closures of PHP, carried along. */
  readonly catchCallbacks: PhpValue
}

/** Of `Queueable`, `InteractsWithQueue` and `Batchable`, in any version of Laravel. */
const traitProperties: ReadonlySet<string> = new Set([
  'connection',
  'queue',
  'messageGroup',
  'deduplicator',
  'debounceOwner',
  'uniqueLockOwner',
  'delay',
  'afterCommit',
  'middleware',
  'chained',
  'chainConnection',
  'chainQueue',
  'chainCatchCallbacks',
  'job',
  'batchId',
  'fakeBatch',
])

/** What a class says of how its jobs are run. Up to Laravel 8 it is serialized with the job. */
const settingProperties: ReadonlySet<string> = new Set([
  'tries',
  'maxExceptions',
  'timeout',
  'failOnTimeout',
  'backoff',
  'retryUntil',
  'deleteWhenMissingModels',
  'shouldBeEncrypted',
  'uniqueFor',
  'uniqueId',
])

function isOwn(name: string): boolean {
  return !traitProperties.has(name) && !settingProperties.has(name)
}

/** Reads a command as PHP serialized it, encrypted or not. Throws `InvalidPayloadError`. */
export function readCommand(text: string, encrypter?: Encrypter): PhpCommand {
  const isEncrypted = !text.startsWith('O:')
  const command = readObject(isEncrypted ? decrypted(text, encrypter) : text)
  const trait = (name: string) => command.properties.find((property) => property.name === name)?.value ?? null
  return {
    className: command.className,
    data: plainProperties(command, isOwn),
    chain: {
      jobs: textsIn(trait('chained')),
      queue: textOrNull(trait('chainQueue')),
      connection: textOrNull(trait('chainConnection')),
      catchCallbacks: trait('chainCatchCallbacks'),
    },
    batchId: textOrNull(trait('batchId')),
    isEncrypted,
  }
}

export function readObject(text: string | Uint8Array): PhpObject {
  const value = unserialize(text)
  if (isStructure(value) && value.php === 'object') return value
  throw new InvalidPayloadError('its serialized command is no object')
}

export function encryptedCommand(command: Buffer, encrypter: Encrypter | undefined): string {
  if (!encrypter) throw new TypeError('the class is encrypted, and createQueue was given no laravel.keys')
  return encrypter.encrypt(serialize(command))
}

/** What is encrypted was serialized twice: a text that holds the object's. */
function decrypted(text: string, encrypter: Encrypter | undefined): string | Uint8Array {
  if (!encrypter) throw new InvalidPayloadError('its command is encrypted; give the APP_KEY of the application')
  const inner = unserialize(encrypter.decrypt(text))
  if (typeof inner === 'string' || inner instanceof Uint8Array) return inner
  throw new InvalidPayloadError('its encrypted command is not serialized as Laravel does it')
}

/** Bytes where a text is none. */
function textsIn(list: PhpValue): readonly (string | Uint8Array)[] {
  if (!isStructure(list) || list.php !== 'array') return []
  return list.entries.flatMap(([, each]) => (typeof each === 'string' || each instanceof Uint8Array ? each : []))
}

export function textOrNull(value: PhpValue): string | null {
  return typeof value === 'string' ? value : null
}
