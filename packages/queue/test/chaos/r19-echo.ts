import type { Queue, Worker } from '../../src/index.ts'
import type { Stage } from './harness/stage.ts'

/** A queue with a job that keeps what it is given, and one that throws it. */
export interface EchoQueue extends AsyncDisposable {
  readonly queue: Queue
  /** What handlers were given, by uuid. */
  readonly received: Map<string, unknown>
  /** How many jobs have completed or failed. */
  readonly ended: () => number
  /** What the worker met beside its jobs. */
  readonly errors: unknown[]
  worker(options?: Parameters<Queue['worker']>[0]): Worker
}

export const retryAfter = 90

export function echoQueue({ loaded, database: { place } }: Stage): EchoQueue {
  const { createQueue, defineJob } = loaded.index
  const received = new Map<string, unknown>()
  const errors: unknown[] = []
  let ended = 0
  const jobs = [
    defineJob<unknown>('Echo', { tries: 1 }, (data, { uuid }) => void received.set(uuid, data)),
    defineJob<unknown>('Throw', { tries: 1 }, (data) => {
      throw new Error(String(data))
    }),
  ]
  const queue = createQueue({ connection: loaded.connect(place, { retryAfter }), jobs })
  const end = () => {
    ended += 1
  }
  queue.on('jobProcessed', end)
  queue.on('jobFailed', end)
  queue.on('workerError', ({ error }) => errors.push(error))
  return {
    queue,
    received,
    errors,
    ended: () => ended,
    // Whole payloads of any size are in memory here, and in the ledger of what was sent too.
    worker: (options) => queue.worker({ stopWhenEmpty: true, concurrency: 4, memory: 0, ...options }),
    [Symbol.asyncDispose]: () => queue.close(),
  }
}

/** The code of a refusal; undefined when the promise was kept. */
export async function refusalOf(dispatching: Promise<unknown>): Promise<string | undefined> {
  try {
    await dispatching
    return undefined
  } catch (error) {
    const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined
    return typeof code === 'string' ? code : `no code: ${error}`
  }
}

/** A value as a sentence may show it. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 300 ? `${text.slice(0, 300)}… of ${text.length}` : text
}
