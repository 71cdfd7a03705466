import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { comesTrue } from '../../support/eventually.ts'
import { compileCache } from './compiled-sources.ts'
import { Ledger, ledgerPath } from './ledger.ts'
import { familyOf, isAlive, signalTo } from './process-tree.ts'
import type { ProgramSettings } from './program.ts'

export interface FleetSettings {
  /** How many processes there are at any time. */
  readonly size: number
  /** The file that each runs. */
  readonly program: string
  /** Its command line: `queue:work --concurrency=4`. May differ from one start to the next. */
  readonly words: readonly string[] | (() => readonly string[])
  readonly settings: ProgramSettings
  /** As the program names its ledger. Default `worker`. */
  readonly role?: string
  /** False leaves those that ended away. Default true. */
  readonly restarts?: boolean
  /** Of the processes, beside their settings. */
  readonly environment?: Readonly<Record<string, string>>
}

/** What of a worker is hit: all of it, only the process that was started, or only one that descends from it. */
export type Aim = 'all' | 'parent' | 'child'

/** Processes of one program, each in a group of its own; who ends is replaced. */
export class Fleet implements AsyncDisposable {
  readonly #settings: FleetSettings
  readonly #ledger: Ledger
  readonly #members = new Set<Member>()
  /** Processes that their parent's death left behind. */
  #orphans: readonly number[] = []
  #started = 0
  #isEnding = false

  constructor(settings: FleetSettings) {
    this.#settings = settings
    this.#ledger = new Ledger(settings.settings.folder, 'fleet')
    mkdirSync(join(settings.settings.folder, 'logs'), { recursive: true })
  }

  get members(): readonly Member[] {
    return [...this.#members]
  }

  /** Those that have come so far as to begin with a job. */
  get readyMembers(): readonly Member[] {
    return this.members.filter(({ isReady }) => isReady)
  }

  start(): void {
    while (this.#members.size < this.#settings.size) this.startOne()
  }

  startOne(): Member {
    const { settings, program, words, role = 'worker', environment } = this.#settings
    this.#started += 1
    const log = openSync(join(settings.folder, 'logs', `${role}-${this.#started}.log`), 'a')
    const child = spawn(process.execPath, [program, ...(typeof words === 'function' ? words() : words)], {
      detached: true,
      stdio: ['ignore', log, log],
      env: {
        ...process.env,
        ...environment,
        ...compileCache(settings.source),
        CHAOS_SETTINGS: JSON.stringify(settings),
      },
    })
    closeSync(log)
    const member = new Member(child, { ledger: this.#ledger, folder: settings.folder, role })
    this.#members.add(member)
    child.once('exit', (code, signal) => this.#hasEnded(member, code, signal))
    return member
  }

  /** Kills a worker, or a part of it. */
  kill(member: Member, aim: Aim = 'all'): void {
    const family = familyOf(member.pid)
    const hit = member.signal('SIGKILL', aim)
    if (hit.includes(member.pid)) this.#orphans = [...this.#orphans, ...family.filter((pid) => !hit.includes(pid))]
  }

  /** Asks all to end and waits for it; answers those that did not, as sentences. They are killed then. */
  async stop(seconds = 30): Promise<readonly string[]> {
    this.#isEnding = true
    for (const member of this.members) member.signal('SIGTERM', 'parent')
    const areGone = () => this.#members.size === 0 && this.#orphans.every((pid) => !isAlive(pid))
    if (await comesTrue(areGone, seconds)) return []
    const stubborn = [
      ...this.members.map(({ pid }) => `Process ${pid} did not end within ${seconds} seconds of SIGTERM.`),
      ...this.#orphans.filter(isAlive).map((pid) => `Process ${pid} goes on although its parent is dead.`),
    ]
    await this[Symbol.asyncDispose]()
    return stubborn
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isEnding = true
    const exits = this.members.map((member) => member.exited)
    for (const member of this.members) member.signal('SIGKILL')
    for (const pid of this.#orphans.filter(isAlive)) signalTo(pid, 'SIGKILL')
    await Promise.all(exits)
    this.#ledger[Symbol.dispose]()
  }

  #hasEnded(member: Member, code: number | null, signal: NodeJS.Signals | null): void {
    this.#members.delete(member)
    const wasAsked = member.wasSignalled || this.#isEnding || (code === 0 && this.#settings.restarts === false)
    this.#ledger.write({ event: 'exit', process: member.pid, code, signal, wasAsked })
    if (!this.#isEnding && this.#settings.restarts !== false) this.start()
  }
}

interface MemberSettings {
  readonly ledger: Ledger
  readonly folder: string
  readonly role: string
}

/** One process that a fleet started, with those that it started itself. */
export class Member {
  readonly pid: number
  /** Resolves when the process that was started is gone. */
  readonly exited: Promise<unknown>
  readonly #settings: MemberSettings
  #wasSignalled = false

  constructor(child: ChildProcess, settings: MemberSettings) {
    if (child.pid === undefined) throw new Error('The process could not be started.')
    this.pid = child.pid
    this.exited = once(child, 'exit')
    this.#settings = settings
  }

  get wasSignalled(): boolean {
    return this.#wasSignalled
  }

  /** True when one of its processes has a ledger: it is made with the first line. */
  get isReady(): boolean {
    const { folder, role } = this.#settings
    return familyOf(this.pid).some((pid) => existsSync(ledgerPath(folder, role, pid)))
  }

  /** True while one of its processes runs a job. */
  get isBusy(): boolean {
    const { folder, role } = this.#settings
    return familyOf(this.pid).some((pid) => hasBegunJob(ledgerPath(folder, role, pid)))
  }

  /** Sends the signal, and writes who was hit before any of them can be replaced; answers them. */
  signal(signal: NodeJS.Signals, aim: Aim = 'all'): readonly number[] {
    const family = familyOf(this.pid)
    const hit = aimed[aim](family)
    if (hit.length === 0) return []
    // Its parent has to get over the death of a runner.
    if (signal !== 'SIGCONT' && (hit.includes(this.pid) || signal !== 'SIGKILL')) this.#wasSignalled = true
    this.#settings.ledger.write({ event: 'signal', signal, hit, family })
    // The parent first: it must not see the others fall one by one.
    for (const pid of hit) signalTo(pid, signal)
    return hit
  }
}

const aimed: Readonly<Record<Aim, (family: readonly number[]) => readonly number[]>> = {
  all: (family) => family,
  parent: (family) => family.slice(0, 1),
  // A worker of one process has no other to hit.
  child: (family) => family.slice(family.length > 1 ? 1 : 0).slice(0, 1),
}

/** More starts than ends: the rest of its lines are of neither. */
function hasBegunJob(path: string): boolean {
  if (!existsSync(path)) return false
  const text = readFileSync(path, 'utf8')
  return text.split('"event":"start"').length > text.split('"event":"end"').length
}
