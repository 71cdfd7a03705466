import { Encrypter } from '../laravel/encrypter.ts'
import type { VersionRange } from './payload-version.ts'
import type { ScannedRow } from './scan-rows.ts'
import type { ReadablePayload } from './stored-payload.ts'

/** A count with the first row as an example. */
export interface Counted {
  readonly count: number
  readonly exampleId: string
}

export type Counts = ReadonlyMap<string, Counted>

/** Jobs that one handler runs, apart by what they carry. */
export interface NamedJobs extends Counted {
  /** What a handler is registered for. */
  readonly name: string
  readonly carried: string | undefined
}

export interface TallySettings {
  readonly retryAfterSeconds: number
  /** The database's clock. */
  readonly nowUnixSeconds: number
  /** `APP_KEY` and those before it. */
  readonly keys: readonly string[]
  /** What the column `attempts` counts to, where that is little. */
  readonly highestAttempts: number | undefined
}

/** Counts what a scan of a table of jobs sees; its size does not grow with the table. */
export class JobTally {
  readonly queues = new Map<string, Counted>()
  /** By the reason. */
  readonly broken = new Map<string, Counted>()
  /** Jobs that may outlive their reservation in a worker of PHP, by name. */
  readonly outliving = new Map<string, Counted>()
  /** `encrypted`, `undecipherable`, `large`, `expired` and `exhausted`. */
  readonly traits = new Map<string, Counted>()
  readonly versions = new Map<string, VersionRange>()
  readonly #named = new Map<string, Counted>()
  /** What the names of those stand for that carry another class. */
  readonly #carrying = new Map<string, Pick<NamedJobs, 'name' | 'carried'>>()
  readonly #settings: TallySettings
  readonly #encrypter: Encrypter | undefined
  #triedKeys = 0

  constructor(settings: TallySettings) {
    this.#settings = settings
    this.#encrypter = settings.keys.length > 0 ? new Encrypter(settings.keys) : undefined
  }

  get named(): readonly NamedJobs[] {
    return [...this.#named].map(([key, counted]) => ({
      name: key,
      carried: undefined,
      ...this.#carrying.get(key),
      ...counted,
    }))
  }

  add({ id, bytes, payload, row }: ScannedRow): void {
    if (payload.kind === 'broken') count(this.broken, payload.reason, id)
    else this.#addReadable(payload, id)
    if (bytes > largeBytes) count(this.traits, 'large', id)
    if ('queue' in row) count(this.queues, String(row.queue), id)
    if (this.#isExpired(row.reserved_at)) count(this.traits, 'expired', id)
    if (this.#isExhausted(row.attempts)) count(this.traits, 'exhausted', id)
  }

  #addReadable({ name, carried, timeout, encrypted, versions }: ReadablePayload, id: string): void {
    const key = carried === undefined ? name : `${name} ${carried}`
    if (count(this.#named, key, id) === key && carried !== undefined) this.#carrying.set(key, { name, carried })
    if (versions) this.versions.set(`${versions.oldest}-${versions.newest}`, versions)
    if (timeout !== null && timeout >= this.#settings.retryAfterSeconds) count(this.outliving, name, id)
    if (encrypted !== undefined) this.#addEncrypted(encrypted, id)
  }

  #addEncrypted(command: string, id: string): void {
    count(this.traits, 'encrypted', id)
    if (!this.#encrypter || command === '' || this.#triedKeys >= maxTriedKeys) return
    this.#triedKeys += 1
    if (!canDecrypt(this.#encrypter, command)) count(this.traits, 'undecipherable', id)
  }

  #isExpired(reservedAt: unknown): boolean {
    if (reservedAt === null || reservedAt === undefined) return false
    return Number(reservedAt) <= this.#settings.nowUnixSeconds - this.#settings.retryAfterSeconds
  }

  #isExhausted(attempts: unknown): boolean {
    return Number(attempts) >= (this.#settings.highestAttempts ?? Number.POSITIVE_INFINITY) * nearlyAll
  }
}

/** Stands for the names that came after the first hundreds. */
export const otherNames = '…'

const maxNames = 300
/** The queue's own default for a payload. */
const largeBytes = 1_048_576
/** Trying a key costs more than a look, and a few jobs tell. */
const maxTriedKeys = 100
const nearlyAll = 0.8

/** Answers under which name it was counted. */
function count(counts: Map<string, Counted>, name: string, id: string): string {
  const key = counts.has(name) || counts.size < maxNames ? name : otherNames
  const known = counts.get(key)
  counts.set(key, { count: (known?.count ?? 0) + 1, exampleId: known?.exampleId ?? id })
  return key
}

function canDecrypt(encrypter: Encrypter, command: string): boolean {
  try {
    encrypter.decrypt(command)
    return true
  } catch {
    return false
  }
}
