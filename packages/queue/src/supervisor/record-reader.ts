import { closeSync, fstatSync, openSync, readFileSync, readSync, unlinkSync } from 'node:fs'
import type { Reservation } from '../connection.ts'
import {
  headerBytes,
  logOffset,
  type RecordedPulse,
  type RecordedRun,
  type RecordHeader,
  readLog,
  readPulse,
  readRuns,
} from './record-format.ts'

/** What a runner wrote of itself a moment ago. */
export interface LiveRecord extends RecordedPulse {
  readonly header: RecordHeader
  readonly runs: readonly RecordedRun[]
}

export interface WholeRecord extends LiveRecord {
  /** What it held at its end, and more: some may be over. */
  readonly held: readonly Reservation[]
}

/** Without the log; undefined while nothing is written, or when the file is gone. */
export function readLive(path: string): LiveRecord | undefined {
  const file = tryTo(() => openSync(path, 'r'))
  if (file === undefined) return undefined
  try {
    const header = readHeader(bytesOf(file, headerBytes))
    return header && { header, ...partsOf(bytesOf(file, logOffset(header.slots)), header) }
  } finally {
    closeSync(file)
  }
}

export function readWhole(path: string): WholeRecord | undefined {
  const bytes = tryTo(() => readFileSync(path))
  const header = bytes && readHeader(bytes)
  if (!header) return undefined
  return { header, ...partsOf(bytes, header), held: readLog(bytes.toString('latin1', logOffset(header.slots))) }
}

function bytesOf(file: number, length: number): Buffer {
  const bytes = Buffer.alloc(Math.min(length, fstatSync(file).size))
  readSync(file, bytes, 0, bytes.length, 0)
  return bytes
}

function partsOf(bytes: Buffer, { slots }: RecordHeader): RecordedPulse & { readonly runs: readonly RecordedRun[] } {
  return { ...readPulse(bytes), runs: readRuns(bytes, slots) }
}

/** Undefined for what no runner of this version wrote. */
function readHeader(bytes: Buffer): RecordHeader | undefined {
  const header = tryTo((): unknown => JSON.parse(bytes.toString('utf8', 0, headerBytes)))
  if (!isHeader(header) || bytes.length < headerBytes) return undefined
  return header
}

function isHeader(value: unknown): value is RecordHeader {
  if (typeof value !== 'object' || value === null || !('version' in value) || value.version !== 1) return false
  return ['runner', 'parent', 'database'].every((name) => typeof Reflect.get(value, name) === 'string')
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
