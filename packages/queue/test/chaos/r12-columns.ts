import type { DriverName } from './harness/scenario.ts'

/** A column `attempts` as a table may have it, and how far the queue counts in it. */
export interface AttemptsColumn {
  readonly type: string
  /** What a claim may make of it at the most. */
  readonly limit: number
  /** What stands in it before the first claim: at the limit, close to it, and what others may have written beyond it. */
  readonly attempts: readonly number[]
}

const smallint = { limit: 32_767, attempts: [254, 255, 32_765, 32_766, 32_767] }

export const attemptsColumns: Readonly<Record<DriverName, readonly AttemptsColumn[]>> = {
  sqlite: [
    { type: 'integer', limit: 2_147_483_647, attempts: [254, 255, 2_147_483_646, 2_147_483_647, 4_294_967_295] },
  ],
  mariadb: [
    { type: 'tinyint(3) unsigned', limit: 255, attempts: [253, 254, 255] },
    { type: 'tinyint(4)', limit: 127, attempts: [125, 126, 127] },
    { ...smallint, type: 'smallint(5) unsigned', attempts: [...smallint.attempts, 40_000, 65_535] },
    { ...smallint, type: 'int(11)', attempts: [...smallint.attempts, 2_147_483_647] },
  ],
  postgres: [
    { ...smallint, type: 'smallint' },
    { ...smallint, type: 'integer', attempts: [...smallint.attempts, 2_147_483_647] },
  ],
}
