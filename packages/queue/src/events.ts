/** One attempt at one job, as listeners see it. */
export interface AttemptInfo {
  readonly id: string
  readonly uuid: string
  readonly name: string
  readonly connection: string
  readonly queue: string
  readonly attempt: number
}

export interface FinishedAttempt extends AttemptInfo {
  readonly durationMs: number
}

export interface QueueEvents {
  /** The job is on disk: with a transaction of the application, after its commit. */
  jobQueued: { readonly uuid: string; readonly name: string; readonly queue: string; readonly data: unknown }
  /** It was not dispatched: it is unique, and another is still there. */
  jobSkipped: { readonly uuid: string; readonly name: string; readonly queue: string; readonly data: unknown }
  jobProcessing: AttemptInfo
  jobProcessed: FinishedAttempt
  /** It will run again; `error` is undefined when the handler itself asked for it. */
  jobReleased: FinishedAttempt & {
    readonly delaySeconds: number
    readonly reason: 'asked' | 'error'
    readonly error?: unknown
  }
  jobFailed: FinishedAttempt & { readonly error: unknown }
  /** Another worker holds the job; nothing was written. */
  leaseLost: FinishedAttempt
  /** The database could not be asked or told something, or its clock is not ours; the worker goes on. */
  workerError: { readonly error: unknown }
  /** A worker takes no more jobs of the queue, or takes them again. */
  queuePaused: { readonly queue: string }
  queueResumed: { readonly queue: string }
  /** The process of a worker ended; its jobs were given back, and so many of them will run again at no cost. */
  workerDied: { readonly cause: string; readonly forgiven: number }
  workerStopping: { readonly reason: string; readonly processed: number }
}

type Listener<Event> = (event: Event) => void

/** Listeners by event; one that throws cannot break the queue or keep the others from hearing. */
export class Events {
  readonly #listeners = new Map<string, Set<Listener<never>>>()
  #warned = ''

  on<Name extends keyof QueueEvents>(name: Name, listener: Listener<QueueEvents[Name]>): () => void {
    const listeners = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, listeners.add(listener))
    return () => listeners.delete(listener)
  }

  /** False when nobody would hear it, so that it need not be put together. */
  isHeard(name: keyof QueueEvents): boolean {
    return (this.#listeners.get(name)?.size ?? 0) > 0
  }

  emit<Name extends keyof QueueEvents>(name: Name, event: QueueEvents[Name]): void {
    const listeners = this.#listeners.get(name) ?? new Set()
    if (listeners.size === 0 && name === 'workerError' && 'error' in event) this.#warn(event.error)
    for (const listener of listeners) {
      try {
        // The map is keyed by name, which the compiler cannot follow; `on` is the only writer.
        const heard: unknown = (listener as (event: QueueEvents[Name]) => unknown)(event)
        if (heard instanceof Promise) heard.catch((error: unknown) => warnOf(name, error))
      } catch (error) {
        warnOf(name, error)
      }
    }
  }

  /** Trouble that nobody listens for would look like a worker that does nothing. Said once while it stays the same. */
  #warn(error: unknown): void {
    const text = error instanceof Error ? error.message : String(error)
    if (text !== this.#warned) process.emitWarning(`A worker goes on trying: ${text}`, 'QueueWorkerWarning')
    this.#warned = text
  }
}

function warnOf(name: string, error: unknown): void {
  process.emitWarning(`A listener of ${name} threw: ${String(error)}`, 'QueueListenerWarning')
}
