import { callQueuedHandler, readPayload } from '../laravel/payload.ts'
import { type VersionRange, versionsOf } from './payload-version.ts'

/** What a look at a stored payload tells, without what the job is about. */
export type StoredPayload = ReadablePayload | BrokenPayload

export interface ReadablePayload {
  readonly kind: 'class' | 'closure' | 'string'
  /** What a handler is registered for. */
  readonly name: string
  /** The application's class that one of Laravel's own jobs carries: a listener, a mail, a notification. */
  readonly carried: string | undefined
  /** Seconds. */
  readonly timeout: number | null
  /** The command of an encrypted class job; undefined when it is not encrypted, empty when it was too long to be read. */
  readonly encrypted: string | undefined
  /** The releases of Laravel that write such payloads; undefined when it does not tell. */
  readonly versions: VersionRange | undefined
}

export interface BrokenPayload {
  readonly kind: 'broken'
  readonly reason: 'not_json' | 'no_job' | 'no_uuid' | 'no_command' | 'unreadable'
}

/** Never throws, whatever the text. */
export function lookAtPayload(text: string): StoredPayload {
  const payload = objectIn(text)
  if (!payload) return broken('not_json')
  try {
    const { job: name, displayName, timeout, command } = readPayload(text)
    return {
      kind: kindOf(name, command),
      name,
      carried: carriedBy(name, displayName),
      timeout,
      encrypted: encryptedIn(command),
      versions: versionsOf(payload, command),
    }
  } catch {
    return broken(missingIn(payload))
  }
}

/** The same of the beginning of a payload that is too long to be read: its keys come before its data. */
export function lookAtBeginning(text: string): StoredPayload {
  const job = jsonText(/"job":("(?:[^"\\]|\\.){1,300}")/, text)
  if (job === undefined) return broken('not_json')
  const className = job === callQueuedHandler ? jsonText(/"commandName":("(?:[^"\\]|\\.){1,300}")/, text) : undefined
  const isEncrypted = className !== undefined && !/"command":"O:/.test(text)
  const timeout = /"timeout":(\d{1,6})[,}]/.exec(text)?.[1]
  return {
    kind: kindOf(className ?? job, className),
    name: className ?? job,
    carried: undefined,
    timeout: timeout === undefined ? null : Number(timeout),
    encrypted: isEncrypted ? '' : undefined,
    versions: undefined,
  }
}

function broken(reason: BrokenPayload['reason']): BrokenPayload {
  return { kind: 'broken', reason }
}

function objectIn(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
  } catch {
    return undefined
  }
}

function missingIn({ job, uuid }: Readonly<Record<string, unknown>>): BrokenPayload['reason'] {
  if (typeof job !== 'string' || job === '') return 'no_job'
  if (typeof uuid !== 'string' || uuid === '') return 'no_uuid'
  return job === callQueuedHandler ? 'no_command' : 'unreadable'
}

/** What PHP wraps a closure in. */
export const closureClass = 'Illuminate\\Queue\\CallQueuedClosure'

function kindOf(name: string, command: string | undefined): ReadablePayload['kind'] {
  if (command === undefined) return 'string'
  return name === closureClass ? 'closure' : 'class'
}

/** A name for display may be any text of the application's: only what is a class in a namespace is taken. */
function carriedBy(name: string, displayName: string): string | undefined {
  const isClass = displayName.length <= 200 && /^[A-Za-z_]\w*(?:\\[A-Za-z_]\w*)+$/.test(displayName)
  return isClass && displayName !== name && name.startsWith('Illuminate\\') ? displayName : undefined
}

/** A serialized object begins with `O:`; whatever else stands there is encrypted. */
function encryptedIn(command: string | undefined): string | undefined {
  return command === undefined || command.startsWith('O:') ? undefined : command
}

function jsonText(pattern: RegExp, text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(pattern.exec(text)?.[1] ?? 'null')
    return typeof value === 'string' ? value : undefined
  } catch {
    return undefined
  }
}
