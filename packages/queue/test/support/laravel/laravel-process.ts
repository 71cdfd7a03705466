import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { TestDatabase } from '../servers.ts'

/** A PHP process in which Laravel's own queue pops jobs and deletes them. */
export interface LaravelProcess {
  /** Uuids in the order in which they were deleted. */
  readonly popped: readonly string[]
  /** Whatever reached PHP as an exception. */
  readonly errors: readonly string[]
  start(): void
  /** Resolves when it found the queue empty and has ended. */
  end(): Promise<void>
}

/** Resolves when the process is connected and waits to be started. */
export async function laravelProcess({ settings }: TestDatabase): Promise<LaravelProcess> {
  const script = join(import.meta.dirname, 'pop-and-delete.php')
  const php = spawn('php', [script, JSON.stringify(settings)], { stdio: ['pipe', 'pipe', 'pipe'] })
  const popped: string[] = []
  const errors: string[] = []
  const exit = once(php, 'close')
  const ready = Promise.withResolvers<void>()
  php.stderr.on('data', (chunk: Buffer) => errors.push(chunk.toString()))
  exit.then(() => ready.reject(new Error(`PHP ended early: ${errors.join('')}`)))
  createInterface(php.stdout).on('line', (line) => {
    const told: unknown = JSON.parse(line)
    if (typeof told !== 'object' || told === null) return
    if ('ready' in told) ready.resolve()
    if ('popped' in told) popped.push(String(told.popped))
    if ('error' in told) errors.push(String(told.error))
  })
  await ready.promise
  return {
    popped,
    errors,
    start: () => void php.stdin.write('\n'),
    end: async () => {
      php.stdin.end()
      await exit
    },
  }
}
