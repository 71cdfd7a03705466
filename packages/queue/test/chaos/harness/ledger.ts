import { closeSync, globSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/**
 * What happened, written outside of the system under test: each process appends lines to a file of its own, each line with
 * one write, which no `kill -9` can take back or tear.
 */
export type LedgerEvent =
  /** Before the dispatch; one of the other two follows, or none when the producer was killed. */
  | { readonly event: 'enqueue-try'; readonly uuid: string; readonly kind: string }
  | { readonly event: 'enqueue-ok'; readonly uuid: string }
  | { readonly event: 'enqueue-unknown'; readonly uuid: string; readonly error: string }
  /** The handler begins. */
  | { readonly event: 'start'; readonly uuid: string; readonly attempt: number }
  /** The transaction of the effect is on disk. */
  | { readonly event: 'effect'; readonly uuid: string; readonly attempt: number }
  /** The handler ends: it returned, threw, or asked to be run again. */
  | { readonly event: 'end'; readonly uuid: string; readonly attempt: number; readonly how: HandlerEnd }
  /** What the queue told of the attempt; `given-back` when its worker had to stop, which is no try. */
  | { readonly event: AttemptEnd; readonly uuid: string; readonly attempt: number }
  | { readonly event: 'worker-error'; readonly error: string }
  /** What the clock of the wall shows to this process. */
  | { readonly event: 'clock'; readonly unixMs: number }
  /** The event loop stood still for so long: reservations may be over. */
  | { readonly event: 'stall'; readonly ms: number }
  /** The database took so long to renew reservations: they may be over. */
  | { readonly event: 'slow-renewal'; readonly ms: number }
  /** What a process holds after a full collection, and how many files it has open. */
  | {
      readonly event: 'sample'
      readonly heapMegabytes: number
      readonly residentMegabytes: number
      readonly handles: number
    }
  /** A signal from outside: those that got it, and all processes of the same worker. */
  | {
      readonly event: 'signal'
      readonly signal: NodeJS.Signals
      readonly hit: readonly number[]
      readonly family: readonly number[]
    }
  /** A process of a fleet is gone. */
  | {
      readonly event: 'exit'
      readonly process: number
      readonly code: number | null
      readonly signal: string | null
      readonly wasAsked: boolean
    }

export type AttemptEnd = 'done' | 'released' | 'given-back' | 'failed' | 'lease-lost'

export type HandlerEnd = 'returned' | 'threw' | 'released'

/** When it was written, and by whom. */
export interface Stamp {
  /** Milliseconds of the machine's monotonic clock, the same for all processes. */
  readonly t: number
  readonly pid: number
}

export type LedgerEntry = LedgerEvent & Stamp

export class Ledger<Event extends object = LedgerEvent> implements Disposable {
  readonly #path: string
  #file: number | undefined

  /** The file is made with the first line, so that it also tells that this process has come so far. */
  constructor(folder: string, role: string) {
    this.#path = ledgerPath(folder, role, process.pid)
    mkdirSync(join(folder, 'ledgers'), { recursive: true })
  }

  write(event: Event): void {
    this.#file ??= openSync(this.#path, 'a')
    const entry: Event & Stamp = { ...event, t: machineMs(), pid: process.pid }
    writeSync(this.#file, `${JSON.stringify(entry)}\n`)
  }

  [Symbol.dispose](): void {
    if (this.#file !== undefined) closeSync(this.#file)
    this.#file = undefined
  }
}

export function ledgerPath(folder: string, role: string, pid: number): string {
  return join(folder, 'ledgers', `${role}-${pid}.jsonl`)
}

/** Of all processes, or those of a role, in the order in which it happened. */
export function readLedgers<Entry extends Stamp = LedgerEntry>(folder: string, role = '*'): readonly Entry[] {
  return globSync(join(folder, 'ledgers', `${role}-*.jsonl`))
    .flatMap((path) => wholeLines(readFileSync(path, 'utf8')))
    .map((line): Entry => JSON.parse(line))
    .sort((a, b) => a.t - b.t)
}

/** A reader can come between the two pages of a line that is being written: its end is not there yet. */
function wholeLines(text: string): readonly string[] {
  return text.split('\n').slice(0, -1)
}

/** Milliseconds since the machine started, with fractions. */
export function machineMs(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
