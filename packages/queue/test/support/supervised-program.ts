import { execSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises'
import type { JobContext, Schema } from '../../src/index.ts'
import { type Bench, recorded, runProgram } from '../chaos/harness/program.ts'

/**
 * A program whose jobs harm the process they run in, each in its way. It is started as `queue:work` with all its options,
 * and writes of each handler that begins, and that comes to its end, into a ledger.
 */
export const supervisedProgram = import.meta.filename

/** The name of its job. */
export const harmfulJob = 'harmful'
/** Of one that does its harm in what is called before its handler, or after it. */
export const harmfulAroundJob = 'harmful-around'

export interface HarmfulData {
  readonly harm?: HarmName
  /** Default: the handler. */
  readonly in?: 'schema' | 'hook'
  /** Only up to this try; later ones do no harm. */
  readonly upToTry?: number
  /** What its `onFailed` does. */
  readonly hookHarm?: HarmName
  /** Waits so long before, and heeds its signal. */
  readonly ms?: number
  /** Computes so long before, and hears nothing meanwhile. */
  readonly blockMs?: number
}

type Harm = (context: JobContext) => unknown

const hoarded: unknown[] = []

export const harms = {
  'exit-0': () => process.exit(0),
  'exit-1': () => process.exit(1),
  abort: () => process.abort(),
  segfault: () => process.kill(process.pid, 'SIGSEGV'),
  'kill-9': () => process.kill(process.pid, 'SIGKILL'),
  buffers: () => {
    for (;;) hoarded.push(Buffer.alloc(16_777_216, 1))
  },
  /** Keeps a little memory. */
  grows: () => void hoarded.push(Buffer.alloc(209_715_200, 1)),
  heap: () => {
    for (;;) hoarded.push(Array.from({ length: 1_000_000 }, (_, index) => ({ index })))
  },
  'throw-later': () => void setTimeout(() => Promise.reject(new Error('thrown later')), 1),
  'throw-number-later': () => {
    setTimeout(() => {
      throw 1
    }, 1)
  },
  'throw-much-later': () => {
    setTimeout(() => {
      throw new Error('thrown much later')
    }, 300)
  },
  'reject-unheard': () => void Promise.reject(new Error('nobody heard')),
  'endless-loop': () => {
    for (;;);
  },
  'never-ends': () => new Promise(() => undefined),
  'stack-overflow': function overflow(context): unknown {
    return [overflow(context)]
  } as Harm,
  /** Longer than a handler that does not heed its signal may go on. */
  'throws-in-two-seconds': async () => {
    await wait(2_000)
    throw new Error('thrown after two seconds')
  },
  /** When others of its process that were to end meanwhile have done so: in the same turn of the loop. */
  'computes-behind-others': async () => {
    const later = wait(200)
    block(300)
    await later
    block(6_000)
  },
  'sleep-in-shell': () => execSync('sleep 300'),
  'waits-atomically': () => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0),
  'regular-expression': () => void /(a+)+$/.test(`${'a'.repeat(50)}b`),
  'closes-files': () => {
    for (let file = 0; file <= 20; file += 1) tryTo(() => closeSync(file))
  },
  'cuts-itself-off': () => {
    process.disconnect()
    return new Promise(() => undefined)
  },
  'talks-to-the-parent': () => void process.send?.(null, undefined, undefined, () => undefined),
  'changes-directory': () => process.chdir('/'),
  'changes-umask': () => process.umask(0o777),
  'changes-prototype': () => Object.assign(Object.prototype, { x: 1 }),
  'changes-environment': () => Object.assign(process.env, { HARM: 'done' }),
  // Who does not wait for its reader fills the memory with what is not read yet, which is another harm.
  'writes-a-gigabyte': async () => {
    const megabyte = 'x'.repeat(1_048_576)
    for (let written = 0; written < 1024; written += 1)
      if (!process.stdout.write(megabyte)) await once(process.stdout, 'drain')
  },
  'asks-the-database': () => {
    using database = new DatabaseSync(':memory:')
    database
      .prepare('with recursive endless(x) as (select 1 union all select x + 1 from endless) select max(x) from endless')
      .get()
  },
  'stubborn-child': async () => {
    await once(spawn('/bin/sh', ['-c', 'trap "" TERM INT HUP; sleep 300'], { stdio: 'ignore' }), 'exit')
  },
  /** As long as two seconds, and heeds its signal: after a stop there are steps left. */
  'works-in-steps': async ({ signal }: JobContext) => {
    for (let step = 0; step < 20; step += 1) await wait(100, undefined, { signal })
  },
  'leaves-a-child': () => {
    spawn('sleep', ['300'], { stdio: 'ignore' })
    return new Promise(() => undefined)
  },
} as const satisfies Readonly<Record<string, Harm>>

export type HarmName = keyof typeof harms

function block(ms: number): void {
  for (const until = performance.now() + ms; performance.now() < until; );
}

function tryTo(act: () => void): void {
  try {
    act()
  } catch {
    // It was not open.
  }
}

async function run({ harm, upToTry = 255, ms, blockMs = 0 }: HarmfulData, context: JobContext): Promise<void> {
  if (ms) await wait(ms, undefined, { signal: context.signal })
  block(blockMs)
  if (harm && context.attempt <= upToTry) await harms[harm](context)
}

async function harmAfterFailure(data: unknown): Promise<void> {
  const { hookHarm } = data as HarmfulData
  if (hookHarm) await harms[hookHarm](undefined as never)
}

function jobsOf({ loaded, ledger }: Bench) {
  return [
    loaded.index.defineJob<HarmfulData>(harmfulJob, { onFailed: harmAfterFailure }, (data, context) =>
      recorded(ledger, context, async () => {
        await run(data, context)
        return 'returned'
      }),
    ),
    loaded.index.defineJob(
      harmfulAroundJob,
      // What has failed need not be what the schema lets pass.
      { schema: harmfulSchema, onFailed: (data) => harmIn('hook', Object(data)) },
      async (data, context) => {
        await recorded(ledger, context, async () => 'returned')
        if (data.in === 'hook') throw new Error('its hook comes next')
      },
    ),
  ]
}

const harmfulSchema: Schema<HarmfulData, HarmfulData> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: async (value) => {
      await harmIn('schema', value as HarmfulData)
      return { value: value as HarmfulData }
    },
  },
}

async function harmIn(place: HarmfulData['in'], data: HarmfulData): Promise<void> {
  // In a later turn, as one that asks somebody first.
  await nextTurn()
  if (data.in === place && data.harm) await harms[data.harm](undefined as never)
}

if (import.meta.main) {
  // What befalls a runner before it comes to work.
  if (process.env.HARM_AT_START && process.env.SURTIDOR_RUNNER_RECORD)
    await harms[process.env.HARM_AT_START as HarmName](undefined as never)
  await runProgram(import.meta.filename, { role: 'worker', jobs: jobsOf })
}
