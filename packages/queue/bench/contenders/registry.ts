import type { Database } from '../place.ts'
import type { Settings } from './contender.ts'

/** Who takes part in what, and with which settings. */
export interface Contender {
  /** As tables name it. */
  readonly name: string
  /** Its file in this folder, without the ending. */
  readonly module: string
  readonly database: Database
  /** Jobs of a full throughput run, so that it takes one to five seconds. */
  readonly jobs: number
  readonly plays: Partial<Readonly<Record<Race, readonly Settings[]>>>
}

/**
 * The measures in which contenders are compared by a rate or a time of their own. The first of the settings is the one
 * that usually wins; `--quick` trusts it, a full run tries all.
 */
export type Race = 'throughput' | 'one-at-a-time' | 'dispatch' | 'dispatch-many' | 'latency'

const atDefault: readonly Settings[] = [{}]

const ours: Contender['plays'] = {
  throughput: [{ concurrency: 10 }, { concurrency: 1 }, { concurrency: 100 }],
  'one-at-a-time': [{ concurrency: 1 }],
  dispatch: atDefault,
  'dispatch-many': atDefault,
  latency: [{ concurrency: 10 }],
}

const peers: readonly Contender[] = [
  {
    name: 'BullMQ',
    module: 'bullmq',
    database: 'redis',
    jobs: 40_000,
    plays: {
      throughput: [100, 1, 10, 50, 200].map((concurrency) => ({ concurrency })),
      'one-at-a-time': [{ concurrency: 1 }],
      dispatch: atDefault,
      'dispatch-many': [{ batch: 1_000 }, { batch: 10_000 }],
      latency: [{ concurrency: 10 }],
    },
  },
  {
    name: 'Laravel queue:work',
    module: 'laravel',
    database: 'mariadb',
    jobs: 3_000,
    plays: { throughput: atDefault },
  },
  {
    name: 'graphile-worker',
    module: 'graphile-worker',
    database: 'postgres',
    jobs: 60_000,
    plays: {
      throughput: [
        { concurrency: 100, localQueue: 1_000 },
        { concurrency: 24, localQueue: 500 },
        { concurrency: 24, localQueue: 1_000 },
      ],
      dispatch: atDefault,
      'dispatch-many': [{ batch: 1_000 }, { batch: 10_000 }],
      // Its documentation warns that a local queue delays jobs, so it runs without one here.
      latency: [{ concurrency: 10 }],
    },
  },
  {
    name: 'graphile-worker by default',
    module: 'graphile-worker',
    database: 'postgres',
    jobs: 3_000,
    plays: { throughput: atDefault, 'one-at-a-time': atDefault },
  },
  {
    name: 'pg-boss',
    module: 'pg-boss',
    database: 'postgres',
    jobs: 40_000,
    plays: {
      throughput: [
        { batch: 1_000, workers: 4 },
        { batch: 500, workers: 4 },
        { batch: 500, workers: 1 },
      ],
      dispatch: atDefault,
      'dispatch-many': [{ insert: 1_000 }, { insert: 10_000 }],
      latency: [{ notify: 1 }],
    },
  },
  {
    name: 'plainjob',
    module: 'plainjob',
    database: 'sqlite',
    jobs: 30_000,
    plays: {
      throughput: atDefault,
      dispatch: atDefault,
      'dispatch-many': [{ batch: 10_000 }, { batch: 1_000 }],
    },
  },
  {
    name: 'liteque',
    module: 'liteque',
    database: 'sqlite',
    jobs: 3_000,
    plays: { throughput: [{ concurrency: 10 }, { concurrency: 1 }], dispatch: atDefault },
  },
  {
    name: 'sidequest',
    module: 'sidequest',
    database: 'sqlite',
    jobs: 500,
    plays: { throughput: [{ concurrency: 10 }, { concurrency: 1 }, { concurrency: 100 }] },
  },
]

const batchSizes = [1_000, 500, 2_000, 100]

function bareLoop(connections: readonly number[]): readonly Settings[] {
  return connections.flatMap((count) => batchSizes.map((batch) => ({ connections: count, batch })))
}

/** Ours and the limit it is held against, on the same database. */
const homes: readonly Contender[] = [
  { name: 'Surtidor on MariaDB', module: 'surtidor', database: 'mariadb', jobs: 150_000, plays: ours },
  {
    name: 'bare loop on MariaDB',
    module: 'bare-mariadb',
    database: 'mariadb',
    jobs: 150_000,
    plays: { throughput: bareLoop([2, 1, 4]), dispatch: atDefault },
  },
  { name: 'Surtidor on PostgreSQL', module: 'surtidor', database: 'postgres', jobs: 300_000, plays: ours },
  {
    name: 'bare loop on PostgreSQL',
    module: 'bare-postgres',
    database: 'postgres',
    jobs: 300_000,
    plays: { throughput: bareLoop([2, 1, 4]), dispatch: atDefault },
  },
  { name: 'Surtidor on SQLite', module: 'surtidor', database: 'sqlite', jobs: 300_000, plays: ours },
  {
    name: 'bare loop on SQLite',
    module: 'bare-sqlite',
    database: 'sqlite',
    jobs: 300_000,
    plays: {
      throughput: batchSizes.map((batch) => ({ batch })),
      dispatch: atDefault,
      'dispatch-many': [{ insert: 10_000 }, { insert: 1_000 }],
    },
  },
]

export const contenders: readonly Contender[] = [...homes, ...peers]

/** The setting in words: `concurrency 50`, or `default`. */
export function settingText(settings: Settings): string {
  const texts = Object.entries(settings).map(([name, value]) => `${name} ${value}`)
  return texts.length === 0 ? 'default' : texts.join(', ')
}
