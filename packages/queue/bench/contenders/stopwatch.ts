import { setTimeout as wait } from 'node:timers/promises'

/** Counts the jobs of a drain: the clock starts with the first job, and `allStarted` resolves with the last. */
export class Stopwatch {
  readonly allStarted: Promise<void>
  readonly #count: number
  #started = 0
  #startedAt = 0
  #resolve: () => void = () => undefined

  constructor(count: number) {
    this.#count = count
    this.allStarted = new Promise((resolve) => {
      this.#resolve = resolve
    })
  }

  /** Call it for each job, or once for a batch. */
  readonly start = (jobs = 1): void => {
    if (this.#started === 0) this.#startedAt = performance.now()
    this.#started += jobs
    if (this.#started >= this.#count) this.#resolve()
  }

  elapsedMs(): number {
    return performance.now() - this.#startedAt
  }
}

/** For peers that do not tell when an acknowledgement is on disk: asks every two milliseconds, which costs little. */
export async function untilEmpty(isEmpty: () => Promise<boolean>): Promise<void> {
  while (!(await isEmpty())) await wait(2)
}
