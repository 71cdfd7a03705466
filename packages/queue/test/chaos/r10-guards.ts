import type { Guard } from './harness/guards.ts'

/** Without those that take a second of a loop, or half a gigabyte of memory. */
const size = { kinds: 5 }

/** What keeps a job that harms its process from harming others, and what tells its cause. */
export const poisonGuards: readonly Guard[] = [
  {
    name: 'the suspicion of all that ran in a process that a job has ended',
    // With every one of them: chance decides whether another job ran beside one that ends the process.
    drivers: ['mariadb', 'sqlite', 'postgres'],
    changes: [{ file: 'supervisor/recover-work.ts', find: '{ areSuspects: true }', replace: '{ areSuspects: false }' }],
  },
  {
    name: 'the forgiveness of those that ran beside',
    size,
    drivers: ['mariadb', 'sqlite', 'postgres'],
    changes: [
      {
        file: 'connections/sql/after-crash.ts',
        find: 'await countForgiven(executor, dialect, ids)',
        replace: '',
      },
    ],
  },
  {
    name: 'the trace from what nobody caught to its job',
    size,
    drivers: ['postgres', 'sqlite', 'mariadb'],
    changes: [
      {
        file: 'supervisor/record-writer.ts',
        find: 'return this.#current.run(job, handler)',
        replace: 'return handler()',
      },
    ],
  },
  {
    name: 'the look at what a job leaves changed',
    size,
    drivers: ['sqlite', 'mariadb', 'postgres'],
    changes: [
      {
        file: 'supervisor/process-changes.ts',
        find: 'if (!changed) return undefined',
        replace: 'return undefined',
      },
    ],
  },
]
