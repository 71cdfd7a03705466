import { serialize } from './php/serialize.ts'
import { unserialize } from './php/unserialize.ts'
import { isStructure, type PhpValue } from './php/value.ts'

/** Of the column `job_batches.options`: a serialized array, in base64 on PostgreSQL. What cannot be read allows none. */
export function allowsFailures(options: string): boolean {
  try {
    const text = /[:;]/.test(options) ? options : Buffer.from(options, 'base64')
    const value = unserialize(text)
    if (!isStructure(value) || value.php !== 'array') return false
    return value.entries.some(([key, each]) => key === 'allowFailures' && each === true)
  } catch {
    return false
  }
}

export interface BatchOptions {
  readonly queue?: string | undefined
  /** True lets the others go on when one has failed. */
  readonly allowsFailures?: boolean
}

/** As Laravel writes the column, before a database wants it in base64. */
export function writeBatchOptions({ queue, allowsFailures: allows = false }: BatchOptions): string {
  const entries: (readonly [string, PhpValue])[] = []
  if (queue !== undefined) entries.push(['queue', queue])
  if (allows) entries.push(['allowFailures', true])
  return serialize({ php: 'array', entries }).toString()
}
