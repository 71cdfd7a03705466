import { readdirSync, readFileSync } from 'node:fs'
import { isAlive } from './process-tree.ts'

/** Of all processes that were started for this folder, by whomever, those that are still there: a child inherits its settings. */
export function leftBehind(folder: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid && isOf(pid, folder) && isAlive(pid))
}

function isOf(pid: number, folder: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(folder)
  } catch {
    // It has ended.
    return false
  }
}
