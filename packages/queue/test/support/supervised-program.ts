import { execSync } from 'node:child_process'
import { closeSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { queueCommands, runCommand } from '../../src/commands/index.ts'
import { processTerminal } from '../../src/commands/terminal.ts'
import { sqlite } from '../../src/connections/sqlite.ts'
import { createQueue, defineJob, type JobContext } from '../../src/index.ts'

/**
 * A program whose jobs harm the process they run in, each in its way. It works the SQLite file that its environment names
 * and is started as `queue:work` with all its options. Jobs that end well leave a row in the table `effects`.
 */
const path = process.env.QUEUE_PATH ?? ''

type Harm = (context: JobContext) => unknown

const hoarded: unknown[] = []

const harms: Readonly<Record<string, Harm>> = {
  'exit-0': () => process.exit(0),
  'exit-1': () => process.exit(1),
  abort: () => process.abort(),
  segfault: () => process.kill(process.pid, 'SIGSEGV'),
  buffers: () => {
    for (;;) hoarded.push(Buffer.alloc(16_777_216, 1))
  },
  heap: () => {
    for (;;) hoarded.push(Array.from({ length: 1_000_000 }, (_, index) => ({ index })))
  },
  'throw-later': () => void setTimeout(() => Promise.reject(new Error('thrown later')), 1),
  'throw-number-later': () => {
    setTimeout(() => {
      throw 1
    }, 1)
  },
  'reject-unheard': () => void Promise.reject(new Error('nobody heard')),
  'endless-loop': () => {
    for (;;);
  },
  'never-ends': () => new Promise(() => undefined),
  'stack-overflow': function overflow(context): unknown {
    return overflow(context)
  } as Harm,
  'sleep-in-shell': () => execSync('sleep 99'),
  'waits-atomically': () => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0),
  'regular-expression': () => void /(a+)+$/.test(`${'a'.repeat(50)}b`),
  'closes-files': () => {
    for (let file = 0; file <= 20; file += 1) {
      try {
        closeSync(file)
      } catch {
        // It was not open.
      }
    }
  },
}

const job = defineJob('job', {}, async (data: { readonly harm?: string; readonly ms?: number }, context) => {
  if (data.ms) await wait(data.ms)
  if (data.harm) await harms[data.harm]?.(context)
})

const queue = () =>
  createQueue({ connection: sqlite(path, { retryAfter: Number(process.env.RETRY_AFTER ?? 30) }), jobs: [job] })

if (import.meta.main) {
  const host = {
    script: import.meta.filename,
    recordFolder: `${path}-records`,
    open: async () => {
      const opened = queue()
      return { queue: opened, [Symbol.asyncDispose]: () => opened.close() }
    },
  }
  const program = {
    name: 'program',
    summary: { es: '', en: '' },
    commands: queueCommands(host),
    onDefect: console.error,
  }
  process.exitCode = await runCommand(program, process.argv.slice(2), processTerminal('en'))
}

export { job, queue }
