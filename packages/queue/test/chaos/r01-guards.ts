import type { Guard } from './harness/guards.ts'

/** What keeps jobs from being lost or doubled while workers die. */
export const killGuards: readonly Guard[] = [
  {
    name: 'the renewal of reservations',
    noticedBy: /ran again without a reason/,
    drivers: ['postgres', 'sqlite', 'mariadb'],
    changes: [
      {
        file: 'worker/lease.ts',
        find: 'this.#timer ??= setInterval(() => void this.#renewDue(), this.#intervalMs)',
        replace: '',
      },
    ],
  },
  {
    name: 'the forgiveness of claims that died',
    noticedBy: /failed, and nothing in it fails|was on try/,
    drivers: ['sqlite', 'mariadb', 'postgres'],
    changes: [
      {
        file: 'connections/sql/side-tables.ts',
        find: "return countOneMore(executor, dialect, { table: 'queue_expired', ids })",
        replace: 'return Promise.resolve()',
      },
    ],
  },
  {
    name: 'the lock of a row that is claimed',
    noticedBy: /in more than one place|ran again without a reason|failed, and nothing in it fails/,
    drivers: ['mariadb', 'postgres'],
    changes: [
      {
        file: 'connections/sql/claim.ts',
        find: '`select ${columns} ${from} ${rest} ${dialect.lockClause}`',
        replace: '`select ${columns} ${from} ${rest}`',
      },
      {
        file: 'connections/sql/claim.ts',
        find: 'order by ${due.order} limit ? ${dialect.lockClause}`',
        replace: 'order by ${due.order} limit ?`',
      },
    ],
  },
]
