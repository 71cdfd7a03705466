import { AsyncLocalStorage } from 'node:async_hooks'
import { closeSync, fstatSync, ftruncateSync, openSync, unlinkSync, writeSync } from 'node:fs'
import { type ClaimedJob, keyOf, type Reservation } from '../connection.ts'
import { RecordUnwritableError } from '../errors.ts'
import type { WorkRecord } from '../work-record.ts'
import {
  headerBytes,
  logLine,
  logOffset,
  pulseBytes,
  pulseOffset,
  type RecordedRun,
  type RecordHeader,
  renewalBytes,
  renewalOffset,
  sharedNow,
  slotBytes,
  slotOffset,
  writePulse,
  writeRenewal,
  writeRun,
} from './record-format.ts'

/** After so much log what is still held is written anew. */
const longestLog = 262_144
const beatMs = 500
/** To ask the system something after a job that is over sooner would take as long as the job. */
const quickMs = 0.25

/**
 * Keeps a runner's record in its file, about a microsecond per write. What runs is marked before it starts, because what
 * ends a process at once leaves no time for it afterwards. What says who runs which job has its room on the disk from the
 * start; one that gets full later only costs others the knowledge of what is held.
 */
export class RecordWriter implements WorkRecord, Disposable {
  /** Asked of each job whose handler has ended: the harm it has done. */
  harmOf: ((job: ClaimedJob) => Error | undefined) | undefined
  /** Told of each job whose handler has begun, and given back the turn. */
  afterFirstTurn: ((job: ClaimedJob) => void) | undefined
  stoodStillMs: (() => number) | undefined
  readonly #path: string
  readonly #file: number
  readonly #logOffset: number
  readonly #current = new AsyncLocalStorage<ClaimedJob>()
  readonly #running = new Map<string, Running>()
  readonly #free: number[]
  readonly #ended: number[] = []
  readonly #beat: NodeJS.Timeout
  readonly #run = Buffer.alloc(slotBytes)
  readonly #pulse = Buffer.alloc(pulseBytes)
  /** By slot, the number of the last job that took it. */
  readonly #begunIn: number[]
  #logLength = 0
  /** What the log says does not hold any more, and could not be taken out. */
  #mustForget = false
  #begun = 0
  #exitedBy: Reservation | undefined
  #isClearing = false
  #isClosed = false

  /** Fills the file, which its parent has made; throws `RecordUnwritableError` where there is no room for it. */
  constructor(path: string, header: RecordHeader) {
    this.#path = path
    this.#file = openSync(path, 'r+')
    this.#logOffset = logOffset(header.slots)
    this.#free = Array.from({ length: header.slots }, (_, slot) => header.slots - 1 - slot)
    this.#begunIn = this.#free.map(() => 0)
    this.#fill(header)
    this.#beat = setInterval(() => this.#writePulse(), beatMs)
    this.#beat.unref()
  }

  /** The job on whose behalf the code runs that asks. */
  get current(): ClaimedJob | undefined {
    return this.#current.getStore()
  }

  isRunning(job: Reservation): boolean {
    return this.#running.has(keyOf(job))
  }

  /** How many handlers run. */
  get running(): number {
    return this.#running.size
  }

  hold(added: readonly Reservation[], all: () => Iterable<Reservation>): void {
    if (added.length === 0) return
    this.#log(logLine('+', added))
    if (this.#logLength > longestLog) this.#writeAnew(all())
  }

  letGo(reservations: readonly Reservation[]): void {
    this.#log(logLine('-', reservations))
  }

  run<T>(job: ClaimedJob, timeoutSeconds: number, handler: () => T): T {
    this.#begin({ reservation: job, startedAt: sharedNow(), timeoutSeconds })
    try {
      return this.#current.run(job, handler)
    } finally {
      this.afterFirstTurn?.(job)
    }
  }

  end(job: ClaimedJob): Error | undefined {
    const running = this.#running.get(keyOf(job))
    if (running === undefined) return undefined
    const { slot, run, around } = running
    // While the record still says that the job runs.
    if (!this.#isClosed && sharedNow() - run.startedAt > quickMs) this.#checkFiles()
    if (around) this.#mark(around)
    else this.#letSlotGo(keyOf(job), slot)
    return this.harmOf?.(job)
  }

  #letSlotGo(key: string, slot: number): void {
    this.#running.delete(key)
    this.#free.push(slot)
    this.#ended.push(slot)
    // Mostly another job takes the slot at once, and nothing need be written. It must not wait until the loop has turned:
    // the thread may stand still before that, and this job would be ended for it.
    if (!this.#isClearing) process.nextTick(() => this.#clearEnded())
    this.#isClearing = true
  }

  /** The process was asked to exit. */
  hasExited(): void {
    this.#exitedBy = this.current
    this.#writePulse()
  }

  /** When everything was given back, nobody need look at the file. */
  close(left: readonly Reservation[]): void {
    if (left.length > 0) return
    try {
      unlinkSync(this.#path)
    } catch {
      // Its folder is gone.
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#beat)
    this.#isClosed = true
    closeSync(this.#file)
  }

  /** All but the log, at once: a hole in the file would ask for room when a job begins. */
  #fill(header: RecordHeader): void {
    const bytes = Buffer.alloc(this.#logOffset)
    bytes.write(`${JSON.stringify(header)}\n`.padEnd(headerBytes, ' '), 0)
    writePulse(this.#pulse, { beatAt: sharedNow(), exitedBy: undefined })
    this.#pulse.copy(bytes, pulseOffset)
    let cause: unknown
    try {
      if (writeSync(this.#file, bytes, 0, bytes.length, 0) === bytes.length) return
    } catch (error) {
      cause = error
    }
    closeSync(this.#file)
    throw new RecordUnwritableError(this.#path, { cause })
  }

  #begin(run: RecordedRun): void {
    // A hook of a job whose handler goes on has its time in the same slot.
    const around = this.#running.get(keyOf(run.reservation))
    const slot = around ? around.slot : this.#takeSlot()
    if (slot !== undefined) this.#mark({ slot, run, around })
  }

  #takeSlot(): number | undefined {
    const slot = this.#free.pop()
    if (slot === undefined) return undefined
    this.#begun += 1
    this.#begunIn[slot] = this.#begun
    return slot
  }

  #mark(running: Running): void {
    const { slot, run } = running
    this.#running.set(keyOf(run.reservation), running)
    writeRun(this.#run, this.#begunIn[slot] ?? 0, run)
    this.#write(this.#run, slotOffset(slot))
  }

  #clearEnded(): void {
    this.#isClearing = false
    const taken = new Set(this.#running.values().map(({ slot }) => slot))
    for (const slot of new Set(this.#ended.splice(0))) {
      if (taken.has(slot)) continue
      writeRun(this.#run, this.#begunIn[slot] ?? 0)
      this.#write(this.#run, slotOffset(slot))
    }
  }

  #writePulse(): void {
    writePulse(this.#pulse, { beatAt: sharedNow(), exitedBy: this.#exitedBy })
    this.#write(this.#pulse, pulseOffset)
  }

  /**
   * On a full disk a line is lost, or its end. Nothing may be said to be held that can be another worker's soon, so that it
   * is better to say nothing at all.
   */
  #log(line: string): void {
    if (this.#mustForget) this.#forgetLog()
    if (this.#mustForget) return
    const written = this.#write(Buffer.from(line, 'latin1'), this.#logOffset + this.#logLength)
    this.#logLength += written
    if (written < line.length) this.#forgetLog()
  }

  #writeAnew(held: Iterable<Reservation>): void {
    const line = logLine('+', held)
    this.#forgetLog()
    this.#log(line)
  }

  /** Needs no room on the disk. One that takes nothing at all keeps what is there, until the next line is to be written. */
  #forgetLog(): void {
    if (this.#isClosed) return
    this.#mustForget = true
    try {
      ftruncateSync(this.#file, this.#logOffset)
      this.#logLength = 0
      this.#mustForget = false
    } catch {
      // Whoever reads it then meets reservations that are over, most of which the database refuses.
    }
  }

  /** Who is without them will write into the next ones that are opened, which get the same numbers. */
  #checkFiles(): void {
    try {
      for (const file of [0, 1, 2, this.#file]) fstatSync(file)
    } catch {
      process.abort()
    }
  }

  #write(bytes: Buffer, at: number): number {
    // A renewal may be answered, or a handler end, when the worker has; another file may have the number by then.
    if (this.#isClosed) return 0
    try {
      const written = writeSync(this.#file, bytes, 0, bytes.length, at)
      // A piece of a line would be taken for another reservation: the next line is written over it.
      return written === bytes.length ? written : 0
    } catch (error) {
      // Somebody has closed it.
      if (error instanceof Error && 'code' in error && error.code === 'EBADF') process.abort()
      return 0
    }
  }
}

interface Running {
  readonly slot: number
  readonly run: RecordedRun
  /** What goes on beside it, and is to be seen again afterwards. */
  readonly around: Running | undefined
}

/** Written by the parent: it has renewed the reservations of what runs. */
export function recordRenewal(path: string): void {
  const bytes = Buffer.alloc(renewalBytes)
  writeRenewal(bytes, sharedNow())
  let file: number | undefined
  try {
    file = openSync(path, 'r+')
    writeSync(file, bytes, 0, bytes.length, renewalOffset)
  } catch {
    // The runner has ended meanwhile.
  } finally {
    if (file !== undefined) closeSync(file)
  }
}
