import type { Guard } from './harness/guards.ts'

/** What keeps a late worker from changing anything. */
export const zombieGuards: readonly Guard[] = [
  {
    name: 'the fence of complete',
    changes: [
      {
        file: 'connections/sql/finish.ts',
        find: '`${dialect.deleteFromJobs} where id ${sql} and ${isCurrent}`',
        replace: '`${dialect.deleteFromJobs} where id ${sql} and ? > 0`',
      },
      {
        file: 'connections/sql/finish.ts',
        find: 'where id ${sql} and ${isCurrent} returning id',
        replace: 'where id ${sql} and ? > 0 returning id',
      },
      {
        file: 'connections/sql/finish.ts',
        find: 'where id ${sql} and ${isCurrent} ${dialect.rowLock}',
        replace: 'where id ${sql} and ? > 0 ${dialect.rowLock}',
      },
    ],
  },
  {
    name: 'the fence of release',
    drivers: ['mariadb', 'postgres', 'sqlite'],
    changes: [
      {
        file: 'connections/sql/finish.ts',
        find: 'where id = ? and ${isCurrent}`,\n    [delaySeconds',
        replace: 'where id = ? and ? > 0`,\n    [delaySeconds',
      },
    ],
  },
  {
    name: 'the fence of fail',
    drivers: ['postgres', 'sqlite', 'mariadb'],
    changes: [
      {
        file: 'connections/sql/finish.ts',
        find: '`from jobs where id = ? and ${isCurrent}`',
        replace: '`from jobs where id = ? and ? > 0`',
      },
      {
        file: 'connections/sql/finish.ts',
        find: 'await completeAll(executor, dialect, [reservation])',
        replace: 'await complete(executor, dialect, [reservation])',
      },
    ],
  },
  {
    name: 'the fence of renew',
    drivers: ['mariadb', 'postgres', 'sqlite'],
    changes: [
      {
        file: 'connections/sql/finish.ts',
        find: 'const where = `id ${sql} and ${isCurrent}`',
        replace: 'const where = `id ${sql} and ? > 0`',
      },
    ],
  },
  {
    name: 'an attempt that each claim counts',
    drivers: ['postgres', 'sqlite'],
    changes: [
      {
        file: 'connections/sql/claim.ts',
        find: 'then attempts + 1 else attempts end`',
        replace: 'then 1 else attempts end`',
      },
    ],
  },
  {
    name: "the fence of completing in the handler's transaction",
    drivers: ['postgres', 'sqlite', 'mariadb'],
    changes: [
      {
        file: 'connections/sql/finish.ts',
        find: 'if (lost.length > 0) return false\n  if (next)',
        replace: 'if (next)',
      },
    ],
  },
]
