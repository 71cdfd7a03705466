import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { Socket } from 'node:net'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import { endOf, killGroup } from '../supervisor/child-end.ts'
import type { Terminal } from './command.ts'
import { problemText } from './error-text.ts'

export interface ListenerSettings {
  readonly script: string
  readonly words: readonly string[]
  readonly terminal: Terminal
  /** A child that takes longer hangs, and is killed; 0 for no limit. */
  readonly limitSeconds: number
  readonly restSeconds: number
}

/** After a child that failed: a database that is away is not asked without a pause. */
const shortestPauseSeconds = 1

/**
 * Runs a program again and again, one child at a time, and writes what it says. A child has a process group of its own, so
 * that Ctrl+C reaches it once, through us; when we are killed, the closed channel tells it to stop.
 */
export class Listener {
  readonly #settings: ListenerSettings
  readonly #ending = new AbortController()
  #child: ChildProcess | undefined

  constructor(settings: ListenerSettings) {
    this.#settings = settings
  }

  /** Resolves after `stop`. */
  async run(): Promise<void> {
    const { restSeconds } = this.#settings
    while (!this.#ending.signal.aborted) {
      const hasWorked = await this.#runChild().catch((error: unknown) => this.#reportFork(error))
      await this.#rest(hasWorked ? restSeconds : Math.max(restSeconds, shortestPauseSeconds))
    }
  }

  /** Lets the child end its job; a second time the child stops at once. */
  stop(): void {
    this.#ending.abort()
    this.#child?.kill('SIGTERM')
  }

  async #rest(seconds: number): Promise<void> {
    await wait(seconds * 1000, undefined, { signal: this.#ending.signal }).catch(() => undefined)
  }

  /** False when it failed or was killed. */
  async #runChild(): Promise<boolean> {
    const { script, words, terminal } = this.#settings
    const child = fork(script, words, { detached: true, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
    this.#child = child
    relay(child.stdout, terminal.write)
    relay(child.stderr, terminal.writeError)
    const limit = this.#startLimit(child)
    try {
      const { code } = await Promise.race([endOf(child), failureOf(child)])
      return code === 0
    } finally {
      clearTimeout(limit)
      this.#child = undefined
      letGo(child)
    }
  }

  /** What hangs so badly that it cannot end itself hears no other signal. */
  #startLimit(child: ChildProcess): NodeJS.Timeout | undefined {
    const { limitSeconds, terminal } = this.#settings
    if (limitSeconds === 0) return undefined
    return setTimeout(() => {
      killGroup(child)
      terminal.writeError(killedText(limitSeconds)[terminal.locale])
    }, limitSeconds * 1000)
  }

  #reportFork(error: unknown): false {
    const { terminal } = this.#settings
    terminal.writeError(problemText(error)[terminal.locale])
    return false
  }
}

function relay(stream: Readable | null, write: (line: string) => void): void {
  if (stream) createInterface({ input: stream }).on('line', write)
}

async function failureOf(child: ChildProcess): Promise<never> {
  const [error] = await once(child, 'error')
  throw error
}

/** What the child has started may write on: that is still said, and does not keep us. */
function letGo({ stdout, stderr }: ChildProcess): void {
  for (const stream of [stdout, stderr]) if (stream instanceof Socket) stream.unref()
}

function killedText(seconds: number) {
  return {
    es: `El proceso no terminó en ${seconds} segundos y fue cerrado. Su trabajo vuelve cuando venza su reserva; revise por qué no respeta --timeout.`,
    en: `The process did not end within ${seconds} seconds and was killed. Its job comes back when its reservation expires; look at why it does not heed --timeout.`,
  }
}
