import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type { Queue } from '../../src/index.ts'
import type { Ledger } from './harness/ledger.ts'
import { type Bench, runProgram, writeEffect } from './harness/program.ts'
import { Random } from './harness/random.ts'

/** The program of R01b: dispatches in every way there is until it is told to stop, or killed. */
export const producerProgram = import.meta.filename

export const producedJob = 'chaos.produced'

/** `plain` alone, `outbox` in a transaction that writes an effect, `undone` in one that is rolled back, `group` with others. */
export const ways = ['plain', 'outbox', 'undone', 'group'] as const
export type Way = (typeof ways)[number]

export interface Produced {
  /** Of the job; of a group, of all its jobs. */
  readonly uuid: string
  readonly way: Way
}

export const groupSize = 5

type Dispatch = (bench: Bench, queue: Queue, data: Produced) => Promise<void>

const dispatches: Readonly<Record<Way, Dispatch>> = {
  plain: async (_bench, queue, data) => {
    await queue.push(producedJob, data, { uuid: data.uuid })
  },
  outbox: ({ client, settings }, queue, data) =>
    client.transact(async (tx) => {
      await queue.push(producedJob, data, { uuid: data.uuid, tx })
      // Time for a kill between the job and what it belongs to.
      await pause()
      await writeEffect(tx, settings.driver, { uuid: data.uuid, attempt: 0 })
    }),
  undone: async ({ client }, queue, data) => {
    const undo = new Error('The application changed its mind.')
    await client
      .transact(async (tx) => {
        await queue.push(producedJob, data, { uuid: data.uuid, tx })
        throw undo
      })
      .catch((error) => {
        if (error !== undo) throw error
      })
  },
  group: async ({ loaded }, queue, data) => {
    const definition = loaded.index.defineJob<Produced>(producedJob, {}, () => undefined)
    await queue.pushMany(
      definition,
      Array.from({ length: groupSize }, () => data),
    )
  },
}

/** Of ten dispatches. */
const turns: readonly Way[] = [
  'plain',
  'plain',
  'plain',
  'plain',
  'plain',
  'plain',
  'outbox',
  'outbox',
  'undone',
  'group',
]

async function produce(bench: Bench, queue: Queue, signal: AbortSignal): Promise<void> {
  for (let turn = 0; !signal.aborted; turn += 1) {
    const way = turns[turn % turns.length] ?? 'plain'
    await dispatchRecorded(bench.ledger, { uuid: randomUUID(), way }, (data) => dispatches[way](bench, queue, data))
    await pause()
  }
}

async function dispatchRecorded(ledger: Ledger, data: Produced, dispatch: (data: Produced) => Promise<void>) {
  const { uuid } = data
  ledger.write({ event: 'enqueue-try', uuid, kind: data.way })
  try {
    await dispatch(data)
    ledger.write({ event: 'enqueue-ok', uuid })
  } catch (error) {
    ledger.write({ event: 'enqueue-unknown', uuid, error: String(error) })
  }
}

/** The name in the environment of the seed that pauses follow from. */
export const pauseSeed = 'CHAOS_PAUSE_SEED'

const random = new Random(Number(process.env[pauseSeed]))

/** Producers have other things to do, too. */
async function pause(): Promise<void> {
  await wait(random.next() * 4)
}

if (import.meta.main) {
  await runProgram(producerProgram, {
    role: 'producer',
    jobs: () => [],
    commands: (bench, open) => [
      {
        name: 'produce',
        summary: { es: 'Produce trabajos', en: 'Dispatches jobs' },
        run: async () => {
          const stop = new AbortController()
          process.once('SIGTERM', () => stop.abort())
          await using opened = await open()
          // Two at a time, so that most kills hit one on its way.
          await Promise.all([1, 2].map(() => produce(bench, opened.queue, stop.signal)))
          return 0
        },
      },
    ],
  })
}
