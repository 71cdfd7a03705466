import { unserialize } from './php/unserialize.ts'
import { isStructure } from './php/value.ts'

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
