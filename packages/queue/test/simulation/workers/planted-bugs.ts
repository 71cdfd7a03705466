import type { Guard } from '../../chaos/harness/guards.ts'

/** What a worker, and whoever looks after it, must not forget: each is found within some dozens of schedules. */
export const plantedWorkerBugs: readonly Guard[] = [
  {
    name: 'renewal of what runs',
    changes: [
      {
        file: 'worker/lease.ts',
        find: 'due.length > 0 ? await this.#connection.renew(due.map(({ reservation }) => reservation)) : []',
        replace: '[]',
      },
    ],
  },
  {
    name: 'what was completed and not acknowledged',
    changes: [{ file: 'worker/completed-jobs.ts', find: '    this.#waiting.unshift(...completed)\n', replace: '' }],
  },
  {
    name: 'word of what is let go',
    changes: [{ file: 'worker/lease.ts', find: '    this.#record?.letGo(reservations)\n', replace: '' }],
  },
  {
    name: 'claims that are no tries',
    changes: [
      { file: 'attempt/attempt.ts', find: 'this.job.attempts - this.job.forgiven', replace: 'this.job.attempts' },
    ],
  },
  {
    name: 'quarantine of suspects',
    changes: [{ file: 'worker/quarantine.ts', find: 'if (isSuspect || this.#alone)', replace: 'if (this.#alone)' }],
  },
]

/**
 * What they must not forget either, and what 700 schedules did not find: that the simulation sees these is not shown, and
 * other tests have to. They are there for `npm run sim -- --of=workers --break=…`.
 */
export const elusiveWorkerBugs: readonly Guard[] = [
  {
    name: 'an unclaim that is not tried again',
    changes: [
      {
        file: 'worker/supply.ts',
        find: `      this.#settings.onError(error, 0)
    }
  }

  /** What could not`,
        replace: `      await this.giveBack(jobs)
    }
  }

  /** What could not`,
      },
    ],
  },
  {
    name: 'the culprit among what is given back',
    changes: [{ file: 'supervisor/recover-work.ts', find: '!named.has(keyOf(each))', replace: 'true' }],
  },
  {
    name: 'what a dead worker held',
    changes: [
      {
        file: 'supervisor/recover-work.ts',
        find: 'index < others.length; index += atOnce',
        replace: 'index < 0; index += atOnce',
      },
    ],
  },
  {
    name: 'a look again after what came meanwhile',
    changes: [
      {
        file: 'worker/supply.ts',
        find: '    else if (!this.#completed.isEmpty) this.#start(this.#completeAlone(this.#takeCompleted()))\n',
        replace: '',
      },
    ],
  },
  {
    name: 'the signal of a lost reservation',
    changes: [{ file: 'worker/lease.ts', find: '    this.#onLost(reservation)\n  }\n}', replace: '  }\n}' }],
  },
]
