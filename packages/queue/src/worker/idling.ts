import { idlePauseMs } from './idle-pause.ts'

export interface IdlingSettings {
  /** The longest pause. */
  readonly sleepMs: number
  /** Waited for before the first look. */
  readonly first: (() => Promise<void>) | undefined
  /** False when the worker ends: asked before each pause. */
  readonly mayGoOn: () => boolean
  /** A pause is over, and nothing came. */
  readonly onVainPause: () => void
  /** Until a job is due; Infinity when none waits. */
  readonly untilDueMs: () => Promise<number>
  /** Since there was work; Infinity while somebody tells of new work. */
  readonly idleForMs: () => number
  /** No pause is longer. */
  readonly untilLimitMs: () => number
}

/**
 * What a worker does while its queue is empty: it looks again after a pause, sooner when somebody says that there is work
 * or when a job falls due.
 */
export class Idling {
  readonly #settings: IdlingSettings
  #isIdle = false
  /** Somebody said that there is work, since the last look ended. */
  #isWoken = false
  #looksInVain = 0
  #endPause: ((wasWoken: boolean) => void) | undefined

  constructor(settings: IdlingSettings) {
    this.#settings = settings
  }

  /** True while `untilWork` waits. */
  get isIdle(): boolean {
    return this.#isIdle
  }

  /** Answers when there may be work, or the worker ends. */
  async untilWork(): Promise<void> {
    const { sleepMs, first, mayGoOn, onVainPause } = this.#settings
    this.#isIdle = true
    this.#isWoken = false
    await first?.()
    // What is due at once was so a moment ago, and could not be claimed: another worker is at it.
    this.#looksInVain += 1
    let shortestMs = Math.min(idlePauseMs(0, sleepMs, 0.5) * 2 ** this.#looksInVain, Math.max(sleepMs, 5))
    while (mayGoOn() && !(await this.#hasWork(shortestMs))) {
      onVainPause()
      shortestMs = 0
    }
    this.#isIdle = false
  }

  /** A job has run: the next look need not be in vain. */
  hadWork(): void {
    this.#looksInVain = 0
  }

  /** There may be work, or the worker ends. Answers false when it is not idle and has to look by itself. */
  wakeUp(): boolean {
    this.#isWoken = true
    this.#endPause?.(true)
    return this.#isIdle
  }

  /** The pause under way was chosen when less was known, and the next one may be shorter. */
  chooseAgain(): void {
    this.#endPause?.(false)
  }

  /** Answers false when a pause is over and nothing is due. */
  async #hasWork(shortestMs: number): Promise<boolean> {
    const { sleepMs, untilDueMs, idleForMs } = this.#settings
    const dueMs = Math.max(shortestMs, await untilDueMs())
    const pauseMs = Math.min(dueMs, idlePauseMs(idleForMs(), sleepMs))
    return (pauseMs > 0 && (await this.#pause(pauseMs))) || dueMs <= pauseMs
  }

  /** Answers true when it was woken up before the time was over. */
  async #pause(ms: number): Promise<boolean> {
    if (this.#isWoken) return true
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const timer = setTimeout(() => resolve(false), Math.max(0, Math.min(ms, this.#settings.untilLimitMs())))
    this.#endPause = resolve
    const wasWoken = await promise
    this.#endPause = undefined
    clearTimeout(timer)
    return wasWoken
  }
}
