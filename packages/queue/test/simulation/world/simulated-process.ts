/** What becomes of the next statement or transaction that a process sends to the database. */
export type Fate =
  | 'answered'
  /** It never arrives, and its sender is told so. */
  | 'refused'
  /** It is carried out, and the answer gets lost. */
  | 'unanswered'
  /** Its sender gives up, and it is carried out some time, perhaps much later. */
  | 'late'
  /** A transaction is broken off after its first statement. */
  | 'cut'
  /** A transaction is undone at its end for another's sake, and run again by the driver. */
  | 'again'

/** A process that may stand still for any time, and die: what answers come afterwards, nobody hears. */
export class SimulatedProcess {
  readonly name: string
  readonly #fates: ExpectedFate[] = []
  #deaths = 0
  #isPaused = false
  #awake: Promise<void> = Promise.resolve()
  #wake: (() => void) | undefined

  constructor(name: string) {
    this.name = name
  }

  /** The name of the process, other than before after each death. */
  get life(): string {
    return this.#deaths === 0 ? this.name : `${this.name}.${this.#deaths}`
  }

  get isPaused(): boolean {
    return this.#isPaused
  }

  /** Resolves while the process runs, or as soon as it does. */
  get awake(): Promise<void> {
    return this.#awake
  }

  pause(): void {
    if (this.#isPaused) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#isPaused = true
    this.#awake = promise
    this.#wake = resolve
  }

  resume(): void {
    this.#isPaused = false
    this.#wake?.()
    this.#wake = undefined
  }

  die(): void {
    this.#deaths += 1
    this.forgetFates()
    this.resume()
  }

  /** For the next thing that it sends, or the next one that names a reservation. */
  expect(fate: Fate, isForReservations = false): void {
    this.#fates.push({ fate, isForReservations })
  }

  /** From now on everything is answered. */
  forgetFates(): void {
    this.#fates.length = 0
  }

  takeFate(namesReservation: boolean): Fate {
    const next = this.#fates.findIndex(({ isForReservations }) => namesReservation || !isForReservations)
    const [expected] = next === -1 ? [] : this.#fates.splice(next, 1)
    return expected?.fate ?? 'answered'
  }
}

interface ExpectedFate {
  readonly fate: Fate
  readonly isForReservations: boolean
}
