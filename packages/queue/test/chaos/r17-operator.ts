import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type { ClaimedJob, Connection } from '../../src/connection.ts'
import { loadQueue } from './harness/loaded-queue.ts'
import { Random } from './harness/random.ts'

/** What this process is told in its environment, as JSON in `OPERATOR`. */
export interface OperatorSettings {
  readonly source: string
  readonly place: string
  readonly seed: number
  readonly operations: number
  /** Of a payload. */
  readonly bytes: number
  /** Between two operations, on average. */
  readonly pauseMs: number
}

/** What it tells its parent in the end. */
export interface OperatorReport {
  readonly pushed: readonly string[]
  readonly completed: readonly string[]
  /** Of each operation. */
  readonly durationsMs: readonly number[]
  readonly errors: readonly string[]
}

type Operation = (operator: Operator) => Promise<unknown>

/** Out of ten. */
const operations: readonly Operation[] = [
  (operator) => operator.dispatch(),
  (operator) => operator.dispatch(),
  (operator) => operator.dispatch(),
  (operator) => operator.claim(),
  (operator) => operator.claim(),
  (operator) => operator.claim(),
  (operator) => operator.complete(),
  (operator) => operator.complete(),
  (operator) => operator.fail(),
  (operator) => operator.retry(),
]

/** One of many who write the same file: dispatches, claims, completes, fails and retries, as a worker and a producer do. */
class Operator {
  readonly pushed: string[] = []
  readonly completed: string[] = []
  readonly #connection: Connection
  readonly #text: string
  readonly #held: ClaimedJob[] = []
  readonly #failed: string[] = []

  constructor(connection: Connection, bytes: number) {
    this.#connection = connection
    this.#text = 'x'.repeat(bytes)
  }

  async dispatch(): Promise<void> {
    const uuid = randomUUID()
    const payload = JSON.stringify({ uuid, text: this.#text })
    await this.#connection.push([{ queue: 'default', payload, due: { inSeconds: 0 } }])
    this.pushed.push(uuid)
  }

  async claim(): Promise<void> {
    this.#held.push(...(await this.#connection.claim({ queues: ['default'], limit: 1 })))
  }

  async complete(): Promise<void> {
    const job = this.#held.shift()
    if (!job) return this.claim()
    const lost = await this.#connection.complete([job])
    if (lost.length > 0) throw new Error('A reservation was lost.')
    this.completed.push(uuidOf(job))
  }

  async fail(): Promise<void> {
    const job = this.#held.shift()
    if (!job) return this.claim()
    const uuid = uuidOf(job)
    const { queue, payload } = job
    const failure = { uuid, connection: 'database', queue, payload, exception: 'Error: it failed' }
    if (!(await this.#connection.fail(job, failure))) throw new Error('A reservation was lost.')
    this.#failed.push(uuid)
  }

  async retry(): Promise<void> {
    const uuid = this.#failed.shift()
    if (uuid === undefined) return this.dispatch()
    if (!(await this.#connection.retry(uuid, String))) throw new Error('A failed job was lost.')
  }
}

function uuidOf({ payload }: ClaimedJob): string {
  return String(JSON.parse(payload).uuid)
}

async function operate({
  source,
  place,
  seed,
  bytes,
  pauseMs,
  ...settings
}: OperatorSettings): Promise<OperatorReport> {
  const random = new Random(seed)
  const { connect } = await loadQueue(source, 'sqlite')
  await using connection = connect(place, { retryAfter: 600 })
  const operator = new Operator(connection, bytes)
  const durationsMs: number[] = []
  const errors: string[] = []
  while (durationsMs.length < settings.operations) {
    const startedAt = performance.now()
    await random
      .pick(operations)(operator)
      .catch((error: unknown) => errors.push(String(error)))
    durationsMs.push(performance.now() - startedAt)
    if (pauseMs > 0) await wait(random.whole(0, 2 * pauseMs))
  }
  return { pushed: operator.pushed, completed: operator.completed, durationsMs, errors }
}

if (import.meta.main) process.send?.(await operate(JSON.parse(process.env.OPERATOR ?? '')))
