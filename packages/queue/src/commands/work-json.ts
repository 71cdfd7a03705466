import type { AttemptInfo } from '../events.ts'
import type { Queue } from '../queue.ts'
import type { Terminal } from './command.ts'
import { problemText } from './error-text.ts'
import { toLaravelJson } from './laravel-json.ts'

/** One line of JSON when an attempt starts and one when it ends, with Laravel's keys; answers how to end that. */
export function printAttemptsAsJson(queue: Queue, terminal: Terminal): () => void {
  const print = (info: AttemptInfo & { readonly durationMs?: number }, end: Ending) =>
    terminal.write(toLaravelJson(entryOf(info, end)))
  const stops = [
    queue.on('jobProcessing', (info) => print(info, { level: 'info', status: 'starting' })),
    queue.on('jobProcessed', (info) => print(info, { level: 'info', status: 'success', result: 'deleted' })),
    queue.on('jobReleased', (info) =>
      print(info, info.reason === 'asked' ? asked : { ...tryAgain, error: info.error }),
    ),
    queue.on('jobFailed', (info) => print(info, { ...failed, error: info.error })),
    queue.on('leaseLost', (info) => print(info, { level: 'warning', status: 'lost' })),
    queue.on('workerError', ({ error }) => terminal.writeError(problemText(error)[terminal.locale])),
  ]
  return () => {
    for (const stop of stops) stop()
  }
}

interface Ending {
  readonly level: 'info' | 'warning'
  readonly status: string
  readonly result?: 'deleted' | 'released'
  readonly error?: unknown
}

const asked: Ending = { level: 'info', status: 'success', result: 'released' }
const tryAgain: Ending = { level: 'warning', status: 'released_after_exception', result: 'released' }
const failed: Ending = { level: 'warning', status: 'failed', result: 'deleted' }

function entryOf(info: AttemptInfo & { readonly durationMs?: number }, { level, status, result, error }: Ending) {
  return {
    level,
    id: numberOrText(info.id),
    uuid: info.uuid,
    connection: info.connection,
    queue: info.queue,
    job: info.name,
    status,
    result,
    attempts: info.attempt,
    ...describeError(error),
    timestamp: timestamp(),
    duration: info.durationMs === undefined ? undefined : Number((info.durationMs / 1000).toFixed(6)),
  }
}

/** Ids beyond what a number holds stay text. */
function numberOrText(id: string): number | string {
  return Number.isSafeInteger(Number(id)) ? Number(id) : id
}

function describeError(error: unknown): { readonly exception?: string; readonly message?: string } {
  if (error === undefined) return {}
  if (!(error instanceof Error)) return { message: problemText(error).en }
  return { exception: error.name, ...(error.message !== '' && { message: error.message }) }
}

/** With microseconds and an offset, as PHP writes it. */
function timestamp(): string {
  return new Date().toISOString().replace('Z', '000+00:00')
}
