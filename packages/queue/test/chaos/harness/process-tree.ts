import { readdirSync, readFileSync } from 'node:fs'

/** The process and all that descend from it, parents first. Empty when it is gone. */
export function familyOf(pid: number): readonly number[] {
  try {
    // Each thread has the children that it started.
    const children = readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').trim().split(' '),
    )
    return [pid, ...children.filter((text) => text !== '').flatMap((text) => familyOf(Number(text)))]
  } catch {
    return []
  }
}

/** False also for one that has ended and was not collected yet: it runs no more. */
export function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

/** Sends a signal; false when the process is gone. */
export function signalTo(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal)
  } catch {
    return false
  }
}

/** False for one that has ended and was not collected yet. */
export function isAlive(pid: number): boolean {
  try {
    const state = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return !/^[ZX]/.test(state.slice(state.lastIndexOf(')') + 2))
  } catch {
    return false
  }
}
