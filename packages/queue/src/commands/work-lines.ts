import { WorkerStoppedError } from '../attempt/outcome.ts'
import type { AttemptInfo, FinishedAttempt, QueueEvents } from '../events.ts'
import type { Queue } from '../queue.ts'
import type { CommandInput, Terminal } from './command.ts'
import { formatDuration, paint, printable, writeInfo } from './console.ts'
import { problemText } from './error-text.ts'
import { pausedText, resumedText } from './queue-pause.ts'
import { printAttemptsAsJson } from './work-json.ts'

/** Prints what becomes of the attempts of this process, in the form that was asked for; answers how to end that. */
export function printWork(queue: Queue, input: CommandInput, terminal: Terminal): () => void {
  return input.flag('json')
    ? printAttemptsAsJson(queue, terminal)
    : printAttempts(queue, terminal, input.global.verbosity > 0)
}

/** Prints a line when an attempt starts and one when it ends, as Laravel's `queue:work`; answers how to end that. */
function printAttempts(queue: Queue, terminal: Terminal, isVerbose: boolean): () => void {
  const start = (info: AttemptInfo) =>
    terminal.write(line({ info, terminal, isVerbose }, '', paint(terminal, 'yellow', 'RUNNING')))
  const end = (info: FinishedAttempt, word: string) =>
    terminal.write(line({ info, terminal, isVerbose }, ` ${formatDuration(info.durationMs)}`, word))
  const stops = [
    queue.on('jobProcessing', start),
    queue.on('jobProcessed', (info) => end(info, paint(terminal, 'green', 'DONE'))),
    queue.on('jobReleased', (info) => end(info, paint(terminal, 'yellow', wordOfRelease(info)))),
    queue.on('jobFailed', (info) => end(info, paint(terminal, 'red', 'FAIL'))),
    queue.on('leaseLost', (info) => end(info, paint(terminal, 'yellow', 'LOST'))),
    queue.on('workerError', ({ error }) => terminal.writeError(problemText(error)[terminal.locale])),
    ...(isVerbose ? printOrders(queue, terminal) : []),
  ]
  return () => {
    for (const stop of stops) stop()
  }
}

/** Laravel's words, and one for what its worker cannot do: a job that was cut short and given back has not failed. */
function wordOfRelease({ reason, error }: QueueEvents['jobReleased']): string {
  if (error instanceof WorkerStoppedError) return 'RELEASED'
  return reason === 'asked' ? 'DONE' : 'FAIL'
}

/** A worker of a paused queue looks like one that hangs. Told at the start too, when the queue is paused already. */
function printOrders(queue: Queue, terminal: Terminal): readonly (() => void)[] {
  return [
    queue.on('queuePaused', ({ queue: name }) => writeInfo(terminal, pausedText(queue, name)[terminal.locale])),
    queue.on('queueResumed', ({ queue: name }) => writeInfo(terminal, resumedText(queue, name)[terminal.locale])),
  ]
}

interface Line {
  readonly info: AttemptInfo
  readonly terminal: Terminal
  readonly isVerbose: boolean
}

/** The widths are Laravel's: 33 columns beside the name at the start, 31 and the time at the end. */
function line({ info, terminal, isVerbose }: Line, time: string, word: string): string {
  const extras = printable(isVerbose ? ` ${info.id}` : '')
  const name = printable(info.name)
  const taken = time === '' ? 33 : 31 + time.length - 1
  const dots = '.'.repeat(Math.max(0, terminal.columns - name.length - extras.length - taken))
  return `  ${timestamp()} ${name}${extras} ${paint(terminal, 'gray', dots)}${time} ${word}`
}

function timestamp(): string {
  return new Date().toISOString().slice(0, 19).replace('T', ' ')
}
