import type { Reservation } from '../connection.ts'

/**
 * The file in which a runner keeps word of its work. Every part of it is written with one small write, which the system
 * keeps whatever becomes of the process, and nothing of it has to be read back:
 *
 * - who wrote it, as one line of JSON;
 * - its pulse: when its thread last had a turn, how many jobs it has begun, and which job asked the process to exit;
 * - one slot for each job that may run at the same time;
 * - a log of reservations: lines that begin with `+` are held since, with `-` no longer. Whoever completed or released its
 *   job needs no line, because a reservation that is not the current one any more is refused by the database.
 */
export const headerBytes = 2_048
export const pulseOffset = headerBytes
export const pulseBytes = 128
export const slotBytes = 128

export const slotOffset = (slot: number) => pulseOffset + pulseBytes + slot * slotBytes
export const logOffset = (slots: number) => slotOffset(slots)

export interface RecordHeader {
  readonly version: 1
  /** Of the process that wrote it. */
  readonly runner: string
  /** Of the process that watches over it. */
  readonly parent: string
  /** What its jobs are in: two queues may keep their records in one folder. */
  readonly database: string
  /** Its reservations expire when nobody renews them for so long. */
  readonly retryAfterSeconds: number
  readonly slots: number
}

export interface RecordedPulse {
  /** Of the clock that all processes of the host share, in milliseconds. */
  readonly beatAt: number
  readonly begun: number
  /** The job whose code asked the process to exit. */
  readonly exitedBy: Reservation | undefined
}

export interface RecordedRun {
  readonly reservation: Reservation
  /** Of the shared clock, in milliseconds. */
  readonly startedAt: number
  /** 0: without limit. */
  readonly timeoutSeconds: number
}

/** Milliseconds of a clock that never jumps and that the processes of a host share. */
export function sharedNow(): number {
  return Number(process.hrtime.bigint() / 1_000n) / 1_000
}

const idOffset = 24

/** 24 bytes of numbers, then the id as a length and its text. */
function writeEntry(bytes: Buffer, at: number, { reservation, a, b }: Entry): void {
  bytes.writeDoubleLE(a, at)
  bytes.writeDoubleLE(b, at + 8)
  bytes.writeUInt32LE(reservation?.attempts ?? 0, at + 16)
  const length = reservation ? bytes.write(reservation.id, at + idOffset, 96, 'latin1') : 0
  bytes.writeUInt32LE(length, at + 20)
}

interface Entry {
  readonly reservation: Reservation | undefined
  readonly a: number
  readonly b: number
}

function readEntry(bytes: Buffer, at: number): Entry {
  const length = bytes.readUInt32LE(at + 20)
  const id = bytes.toString('latin1', at + idOffset, at + idOffset + length)
  const reservation = length === 0 ? undefined : { id, attempts: bytes.readUInt32LE(at + 16) }
  return { reservation, a: bytes.readDoubleLE(at), b: bytes.readDoubleLE(at + 8) }
}

export function writePulse(bytes: Buffer, { beatAt, begun, exitedBy }: RecordedPulse): void {
  writeEntry(bytes, 0, { reservation: exitedBy, a: beatAt, b: begun })
}

export function readPulse(bytes: Buffer): RecordedPulse {
  const { reservation, a, b } = readEntry(bytes, pulseOffset)
  return { beatAt: a, begun: b, exitedBy: reservation }
}

/** Undefined for a slot that is free. */
export function writeRun(bytes: Buffer, run: RecordedRun | undefined): void {
  writeEntry(bytes, 0, { reservation: run?.reservation, a: run?.startedAt ?? 0, b: run?.timeoutSeconds ?? 0 })
}

export function readRuns(bytes: Buffer, slots: number): readonly RecordedRun[] {
  return Array.from({ length: slots }, (_, slot) => readEntry(bytes, slotOffset(slot))).flatMap(
    ({ reservation, a, b }) => (reservation ? [{ reservation, startedAt: a, timeoutSeconds: b }] : []),
  )
}

export function logLine(sign: '+' | '-', reservations: Iterable<Reservation>): string {
  let line: string = sign
  for (const { id, attempts } of reservations) line += `${id}/${attempts} `
  return `${line}\n`
}

/** What the log says is held, whatever became of it since. A last line that was not finished is left out. */
export function readLog(text: string): readonly Reservation[] {
  const held = new Map<string, Reservation>()
  for (const line of text.slice(0, text.lastIndexOf('\n') + 1).split('\n')) {
    const isHeld = line.startsWith('+')
    for (const key of line.slice(1).split(' ')) {
      const [id = '', attempts] = key.split('/')
      if (key === '') continue
      if (isHeld) held.set(key, { id, attempts: Number(attempts) })
      else held.delete(key)
    }
  }
  return [...held.values()]
}
