import { closeSync, fstatSync, openSync, readFileSync, readSync, unlinkSync } from 'node:fs'
import type { Reservation } from '../connection.ts'
import {
  headerBytes,
  logOffset,
  type RecordedPulse,
  type RecordedRuns,
  type RecordHeader,
  readLog,
  readPulse,
  readRenewal,
  readRuns,
} from './record-format.ts'

/** What a runner wrote of itself a moment ago. */
export interface LiveRecord extends RecordedPulse, RecordedRuns {
  readonly header: RecordHeader
  /** When its thread last had a turn, in which it can renew what it holds, or when its parent last renewed it instead. */
  readonly tendedAt: number
}

export interface WholeRecord extends LiveRecord {
  /** What it held at its end, and more: some may be over. */
  readonly held: readonly Reservation[]
}

/** Without the log; undefined while nothing is written, or for what no runner of this version wrote. */
export function readLive(path: string): LiveRecord | undefined {
  const file = tryTo(() => openSync(path, 'r'))
  if (file === undefined) return undefined
  try {
    // A job may do to this file what it likes, as to any other: that must not end who reads it.
    return tryTo(() => {
      const header = readHeader(bytesOf(file, headerBytes))
      return header && { header, ...partsOf(bytesOf(file, logOffset(header.slots)), header) }
    })
  } finally {
    closeSync(file)
  }
}

export function readWhole(path: string): WholeRecord | undefined {
  return tryTo(() => {
    const bytes = readFileSync(path)
    const header = readHeader(bytes)
    return (
      header && { header, ...partsOf(bytes, header), held: readLog(bytes.toString('latin1', logOffset(header.slots))) }
    )
  })
}

function bytesOf(file: number, length: number): Buffer {
  const bytes = Buffer.alloc(Math.min(length, fstatSync(file).size))
  readSync(file, bytes, 0, bytes.length, 0)
  return bytes
}

function partsOf(bytes: Buffer, { slots }: RecordHeader): Omit<LiveRecord, 'header'> {
  const pulse = readPulse(bytes)
  return { ...pulse, ...readRuns(bytes, slots), tendedAt: Math.max(pulse.beatAt, readRenewal(bytes)) }
}

function readHeader(bytes: Buffer): RecordHeader | undefined {
  if (bytes.length < headerBytes) return undefined
  const header: unknown = JSON.parse(bytes.toString('utf8', 0, headerBytes))
  return isHeader(header) ? header : undefined
}

function isHeader(value: unknown): value is RecordHeader {
  if (typeof value !== 'object' || value === null || !('version' in value) || value.version !== 1) return false
  const hasTexts = ['runner', 'parent', 'database'].every((name) => typeof Reflect.get(value, name) === 'string')
  return hasTexts && ['retryAfterSeconds', 'slots'].every((name) => Number.isFinite(Reflect.get(value, name)))
}

function tryTo<T>(act: () => T): T | undefined {
  try {
    return act()
  } catch {
    return undefined
  }
}

export function removeRecord(path: string): void {
  tryTo(() => unlinkSync(path))
}
