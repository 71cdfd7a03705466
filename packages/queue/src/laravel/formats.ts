import type { PhpValue } from './php/value.ts'

/** Oldest first. */
export const laravelVersions = [8, 9, 10, 11, 12, 13] as const

/** Of the application that shares the tables. */
export type LaravelVersion = (typeof laravelVersions)[number]

/** In what the versions of Laravel differ on the wire. Each row is the newest release of its version. */
export interface LaravelFormat {
  /** Keys `createdAt` and `delay` (since 12.11). */
  readonly tellsWhen: boolean
  /** Key `data.batchId` of class jobs (since 12.51). */
  readonly tellsBatch: boolean
  /** Key `deleteWhenMissingModels` of class jobs (since 13.0). */
  readonly tellsMissingModels: boolean
  /** Between the class and the id of a unique job, in the key of its lock. */
  readonly uniqueSeparator: '' | ':'
  /** What the trait `Queueable` adds to a job, in the order of its declarations, with the defaults. */
  readonly queueable: readonly (readonly [name: string, initial: PhpValue])[]
}

const emptyArray: PhpValue = { php: 'array', entries: [] }

const address = [
  ['connection', null],
  ['queue', null],
] as const
const work = [
  ['delay', null],
  ['afterCommit', null],
  ['middleware', emptyArray],
  ['chained', emptyArray],
] as const
const chain = [
  ['chainConnection', null],
  ['chainQueue', null],
  ['chainCatchCallbacks', null],
] as const
const sqs = [
  ['messageGroup', null],
  ['deduplicator', null],
] as const
const owners = [
  ['debounceOwner', ''],
  ['uniqueLockOwner', ''],
] as const

const upTo10: LaravelFormat = {
  tellsWhen: false,
  tellsBatch: false,
  tellsMissingModels: false,
  uniqueSeparator: '',
  queueable: [...address, ...chain, ...work],
}
const of11: LaravelFormat = { ...upTo10, uniqueSeparator: ':', queueable: [...address, ...work, ...chain] }
const of12: LaravelFormat = {
  ...of11,
  tellsWhen: true,
  tellsBatch: true,
  queueable: [...address, ...sqs, ...work, ...chain],
}
const of13: LaravelFormat = {
  ...of12,
  tellsMissingModels: true,
  queueable: [...address, ...sqs, ...owners, ...work, ...chain],
}

export const laravelFormats: Readonly<Record<LaravelVersion, LaravelFormat>> = {
  8: upTo10,
  9: upTo10,
  10: upTo10,
  11: of11,
  12: of12,
  13: of13,
}
