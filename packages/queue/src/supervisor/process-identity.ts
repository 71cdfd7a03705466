import { readFileSync, readlinkSync } from 'node:fs'

/**
 * Names a process so that another one on the same host can tell for sure that it is gone: the boot of the host, the
 * namespace of its process ids, the id, and when it started, because ids come again. `unknown` where the system does not
 * tell (there is no `/proc`): such a process is never taken for dead.
 */
export type ProcessIdentity = string

const unknown: ProcessIdentity = 'unknown'

export function identityOf(pid: number): ProcessIdentity {
  const place = ownPlace()
  const state = place === undefined ? undefined : readState(pid)
  return state ? `${place}/${pid}/${state.startedAt}` : unknown
}

/** True only when it is certain: one of another host, or of another container, is not judged. */
export function isDead(identity: ProcessIdentity): boolean {
  return judge(identity)?.isAlive === false
}

/** True only when it is certain. */
export function isAlive(identity: ProcessIdentity): boolean {
  return judge(identity)?.isAlive === true
}

/** Kills the process, at once and with its group, if it still is the one that the identity names. */
export function killGroupOf(identity: ProcessIdentity): void {
  const judged = judge(identity)
  if (!judged?.isAlive) return
  try {
    process.kill(-judged.pid, 'SIGKILL')
  } catch {
    // It has ended just now.
  }
}

/** Undefined when it is of another place, or cannot be seen. */
function judge(identity: ProcessIdentity): { readonly pid: number; readonly isAlive: boolean } | undefined {
  const place = ownPlace()
  if (place === undefined || !identity.startsWith(`${place}/`)) return undefined
  const [pid, startedAt] = identity.slice(place.length + 1).split('/')
  const state = readState(Number(pid))
  // It may only be hidden from us, as that of another user is under `hidepid`.
  if (!state && !isNobodys(Number(pid))) return undefined
  // One that has ended and was not collected yet runs no more.
  const isAlive = state !== undefined && state.startedAt === startedAt && !['Z', 'X'].includes(state.letter)
  return { pid: Number(pid), isAlive }
}

/** No process has this id, whosever it would be. */
function isNobodys(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return false
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH'
  }
}

/** Stopped by a signal, as with `kill -STOP`; a debugger's hold is another. */
export function isStopped(pid: number): boolean {
  return readState(pid)?.letter === 'T'
}

/** Megabytes of memory that the process really takes; undefined where the system does not tell. */
export function residentMegabytes(pid: number): number | undefined {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`) ?? '')?.[1]
  return kilobytes === undefined ? undefined : Number(kilobytes) / 1024
}

let place: string | undefined

/** What makes process ids comparable. */
function ownPlace(): string | undefined {
  try {
    place ??= `${readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()}/${readlinkSync('/proc/self/ns/pid')}`
  } catch {
    return undefined
  }
  return place
}

interface ProcessState {
  /** `R`, `S`, `T`, `Z` …, as proc(5) has them. */
  readonly letter: string
  /** In clock ticks since the boot. */
  readonly startedAt: string
}

function readState(pid: number): ProcessState | undefined {
  const text = read(`/proc/${pid}/stat`)
  if (text === undefined) return undefined
  // The name of the program stands in brackets and may hold any letters; the state is the third field, the start the 22nd.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const [letter, startedAt] = [fields[0], fields[19]]
  return letter === undefined || startedAt === undefined ? undefined : { letter, startedAt }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return undefined
  }
}
