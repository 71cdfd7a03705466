import type { Guard } from './harness/guards.ts'

/** One that hears that it should end, and one that hears nothing. */
const secondWish = { terminations: 0, others: 0, workers: 2 }
const firstWish = { doubles: 0 }

/** What keeps a stop from costing anything. */
export const stopGuards: readonly Guard[] = [
  {
    name: 'the forgiveness of those that are stopped at once',
    size: secondWish,
    drivers: ['sqlite', 'mariadb', 'postgres'],
    changes: [
      {
        file: 'attempt/settle-outcome.ts',
        find: 'return (await connection.forgive([job])).length === 0',
        replace: 'return connection.release(job, 0)',
      },
    ],
  },
  {
    name: 'the forgiveness of those that hear nothing and are killed for it',
    size: secondWish,
    drivers: ['mariadb', 'sqlite', 'postgres'],
    changes: [
      {
        file: 'supervisor/death.ts',
        find: "if (killedFor) return killedFor.kind === 'memory' || killedFor.kind === 'unresponsive'",
        replace: 'if (killedFor) return true',
      },
    ],
  },
  {
    name: 'the wait for the current jobs',
    size: firstWish,
    drivers: ['postgres', 'sqlite', 'mariadb'],
    changes: [
      {
        file: 'supervisor/runner-role.ts',
        find: 'stop: () => worker.stop(),',
        replace: 'stop: () => worker.stopNow(),',
      },
    ],
  },
  {
    name: 'the one wish of a service manager that tells all processes of a service',
    size: firstWish,
    drivers: ['sqlite', 'mariadb', 'postgres'],
    changes: [
      {
        file: 'supervisor/runner-role.ts',
        find: "onSignals(stopSignals, () => obey[process.connected ? 'stop' : 'stop-now']())",
        replace: "onSignals(stopSignals, obey['stop-now'])",
      },
    ],
  },
]
