import type { Reservation } from '../connection.ts'

/**
 * The file in which a runner keeps word of its work. Every part of it is written with one small write, which the system
 * keeps whatever becomes of the process, and nothing of it has to be read back:
 *
 * - who wrote it, as one line of JSON;
 * - its pulse: when its thread last had a turn, and which job asked the process to exit;
 * - when its parent last renewed its reservations for it, written by the parent;
 * - one slot for each job that may run at the same time, with the number of the last one that took it: how many were begun
 *   is the highest of these numbers, whatever ended the process;
 * - a log of reservations: lines that begin with `+` are held since, with `-` no longer. Whoever completed or released its
 *   job needs no line, because a reservation that is not the current one any more is refused by the database.
 */
export const headerBytes = 2_048
export const pulseOffset = headerBytes
export const pulseBytes = 128
export const renewalOffset = pulseOffset + pulseBytes
export const renewalBytes = 8
export const slotBytes = 128

export const slotOffset = (slot: number) => renewalOffset + renewalBytes + slot * slotBytes
export const logOffset = (slots: number) => slotOffset(slots)

export interface RecordHeader {
  readonly version: 1
  /** Of the process that wrote it. */
  readonly runner: string
  /** Of the process that watches over it. */
  readonly parent: string
  /** The digest of what its jobs are in: two queues may keep their records in one folder. */
  readonly database: string
  /** Its reservations expire when nobody renews them for so long. */
  readonly retryAfterSeconds: number
  readonly slots: number
}

export interface RecordedPulse {
  /** When its thread last had a turn, of the clock that all processes of the host share, in milliseconds. */
  readonly beatAt: number
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

const idOffset = 32
const maxIdBytes = 96

interface Entry {
  readonly reservation: Reservation | undefined
  /** What the numbers are is said where they are used. */
  readonly numbers: readonly [number, number, number]
}

/** Three numbers, then the reservation: its attempts, and its id as a length and the text. */
function writeEntry(bytes: Buffer, { reservation, numbers }: Entry): void {
  for (const [index, value] of numbers.entries()) bytes.writeDoubleLE(value, index * 8)
  bytes.writeUInt32LE(reservation?.attempts ?? 0, 24)
  const length = reservation ? bytes.write(reservation.id, idOffset, maxIdBytes, 'latin1') : 0
  bytes.writeUInt32LE(length, 28)
}

function readEntry(bytes: Buffer, at: number): Entry {
  const [attempts, length] = [bytes.readUInt32LE(at + 24), bytes.readUInt32LE(at + 28)]
  const id = bytes.toString('latin1', at + idOffset, at + idOffset + Math.min(length, maxIdBytes))
  const numbers = [bytes.readDoubleLE(at), bytes.readDoubleLE(at + 8), bytes.readDoubleLE(at + 16)] as const
  return { reservation: length === 0 ? undefined : { id, attempts }, numbers }
}

export function writePulse(bytes: Buffer, { beatAt, exitedBy }: RecordedPulse): void {
  writeEntry(bytes, { reservation: exitedBy, numbers: [beatAt, 0, 0] })
}

export function readPulse(bytes: Buffer): RecordedPulse {
  const { reservation, numbers } = readEntry(bytes, pulseOffset)
  return { beatAt: numbers[0], exitedBy: reservation }
}

export function writeRenewal(bytes: Buffer, renewedAt: number): void {
  bytes.writeDoubleLE(renewedAt, 0)
}

/** 0 when the parent never did. */
export function readRenewal(bytes: Buffer): number {
  return bytes.readDoubleLE(renewalOffset)
}

/** `begun` is the number of the job that the slot was last given to; without a run the slot is free. */
export function writeRun(bytes: Buffer, begun: number, run?: RecordedRun): void {
  writeEntry(bytes, { reservation: run?.reservation, numbers: [run?.startedAt ?? 0, run?.timeoutSeconds ?? 0, begun] })
}

export interface RecordedRuns {
  readonly runs: readonly RecordedRun[]
  /** How many jobs the runner has begun with. */
  readonly begun: number
}

export function readRuns(bytes: Buffer, slots: number): RecordedRuns {
  const entries = Array.from({ length: slots }, (_, slot) => readEntry(bytes, slotOffset(slot)))
  const runs = entries.flatMap(({ reservation, numbers: [startedAt, timeoutSeconds] }) =>
    reservation ? [{ reservation, startedAt, timeoutSeconds }] : [],
  )
  return { runs, begun: Math.max(0, ...entries.map(({ numbers: [, , begun] }) => begun)) }
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
