import type { Guard } from '../../chaos/harness/guards.ts'

const finish = 'connections/sql/finish.ts'
const claim = 'connections/sql/claim.ts'
const connection = 'connections/sql/sql-connection.ts'

/** What the verbs must not forget, each as the bug there would be without it. */
export const plantedBugs: readonly Guard[] = [
  {
    name: 'fence of complete',
    changes: [
      {
        file: finish,
        find: `delete from jobs where id \${sql} and \${isCurrent} returning id`,
        replace: `delete from jobs where id \${sql} and (attempts = ? or 1 = 1) returning id`,
      },
      {
        file: finish,
        find: `\${dialect.deleteFromJobs} where id \${sql} and \${isCurrent}`,
        replace: `\${dialect.deleteFromJobs} where id \${sql} and (attempts = ? or 1 = 1)`,
      },
    ],
  },
  {
    name: 'fence of release',
    changes: [
      {
        file: finish,
        find: `where id = ? and \${isCurrent}\`,\n    [delay`,
        replace: 'where id = ? and (attempts = ? or 1 = 1)`,\n    [delay',
      },
    ],
  },
  {
    name: 'fence of unclaim',
    changes: [
      {
        file: finish,
        find: `where id \${sql} and \${isCurrent} \${dialect.rowLock}`,
        replace: `where id \${sql} and (attempts = ? or 1 = 1) \${dialect.rowLock}`,
      },
    ],
  },
  {
    name: 'fence of renew',
    changes: [
      {
        file: finish,
        find: `const where = \`id \${sql} and \${isCurrent}\``,
        replace: `const where = \`id \${sql} and (attempts = ? or 1 = 1)\``,
      },
    ],
  },
  {
    name: 'a job that was given back is nobody’s',
    changes: [{ file: finish, find: "'attempts = ? and reserved_at is not null'", replace: "'attempts = ?'" }],
  },
  {
    name: 'transaction of fail',
    changes: [
      {
        file: finish,
        find: `await driver.transaction(async (executor) => {
      await recordFailure(executor, dialect, { reservation, failure })`,
        replace: `await Promise.resolve(driver).then(async (executor) => {
      await recordFailure(executor, dialect, { reservation, failure })`,
      },
    ],
  },
  {
    name: 'transaction of conclude',
    changes: [
      {
        file: connection,
        find: 'await this.#driver.transaction(unit)\n    if (!isCurrent',
        replace: 'await unit(this.#driver)\n    if (!isCurrent',
      },
    ],
  },
  {
    name: 'transaction of pushUnique',
    changes: [
      {
        file: connection,
        find: 'await this.#driver.transaction(unit)\n    if (!queues)',
        replace: 'await unit(this.#driver)\n    if (!queues)',
      },
    ],
  },
  {
    name: 'a reservation that is not over',
    changes: [
      {
        file: 'connections/sql/overdue.ts',
        find: `reserved_at <= \${dialect.nowUnixSeconds} - ?`,
        replace: `reserved_at <= \${dialect.nowUnixSeconds} - ? / 2`,
      },
    ],
  },
  {
    name: 'count of forgiven claims',
    changes: [
      {
        file: claim,
        find: `  await countForgiven(
    executor,
    dialect,
    jobs.map(({ id }) => id),
  )
`,
        replace: '',
      },
    ],
  },
  {
    name: 'fence of what is done after a crash',
    changes: [
      {
        file: 'connections/sql/after-crash.ts',
        find: 'return Number(rows.get(id)?.attempts) === attempts',
        replace: 'return rows.has(id) || attempts === 0',
      },
    ],
  },
  {
    name: 'forgiveness that is counted',
    changes: [
      { file: 'connections/sql/after-crash.ts', find: '  await countForgiven(executor, dialect, ids)\n', replace: '' },
    ],
  },
  {
    name: 'a slot as it was seen',
    changes: [
      {
        file: 'connections/sql/slot-table.ts',
        find: 'where name = ? and slot = ? and owner = ? and expires_at = ?',
        replace: 'where name = ? and slot = ? and (owner = ? or 1 = 1) and (expires_at = ? or 1 = 1)',
      },
    ],
  },
  {
    name: 'moment at which a job is due',
    changes: [
      {
        file: claim,
        find: `where: \`reserved_at is null and available_at <= \${dialect.nowUnixSeconds}\``,
        replace: "where: 'reserved_at is null'",
      },
    ],
  },
  {
    name: 'count of claims',
    changes: [{ file: claim, find: 'then attempts + 1 else', replace: 'then attempts else' }],
  },
  {
    name: 'reservations that are lost among many',
    changes: [
      { file: finish, find: '    if (changes !== ids.length) throw new LostReservationError()\n', replace: '' },
    ],
  },
  {
    name: 'what holds a lock',
    changes: [
      {
        file: 'connections/sql/cache-tables.ts',
        find: `and (owner = ? or expiration <= \${nowUnixSeconds})`,
        replace: 'and (owner = ? or 1 = 1)',
      },
    ],
  },
  {
    name: 'last member of a batch',
    changes: [{ file: 'connections/sql/batch-counts.ts', find: 'batch.pending === 1', replace: 'batch.pending === 0' }],
  },
]
