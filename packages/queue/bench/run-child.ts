import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import type { ChildTask, Figures } from './child-task.ts'

const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

export interface StartedChild {
  /** Resolves when the child has said that it is ready, for the actions that say so. */
  readonly ready: Promise<void>
  readonly figures: Promise<Figures>
}

/** Runs one action in a process of its own; rejects with what the child said when it fails or takes too long. */
export function runChild(task: ChildTask, limitMs = 120_000): Promise<Figures> {
  return startChild(task, limitMs).figures
}

export function startChild(task: ChildTask, limitMs = 120_000): StartedChild {
  const words = [...(task.nodeFlags ?? []), join(import.meta.dirname, 'child.ts'), JSON.stringify(task)]
  const child = spawn(process.execPath, words, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...task.environment },
    timeout: limitMs,
    killSignal: 'SIGKILL',
  })
  running.add(child)
  const ready = Promise.withResolvers<void>()
  const figures = Promise.withResolvers<Figures>()
  let output = ''
  let errors = ''
  child.stdout.on('data', (text) => {
    output += text
    if (output.includes('ready\n')) ready.resolve()
  })
  child.stderr.on('data', (text) => {
    errors += text
  })
  child.once('close', (code, signal) => {
    running.delete(child)
    if (code === 0) figures.resolve(readFigures(output))
    else figures.reject(new Error(`${task.module} ended with ${code ?? signal}: ${(errors || output).slice(-1_500)}`))
    // Who waits for a child that failed hears it here; who does not, hears it from the figures.
    figures.promise.then(() => ready.resolve(), ready.reject)
  })
  ready.promise.catch(() => undefined)
  figures.promise.catch(() => undefined)
  return { ready: ready.promise, figures: figures.promise }
}

function readFigures(output: string): Figures {
  return JSON.parse(output.trimEnd().split('\n').at(-1) ?? '')
}
