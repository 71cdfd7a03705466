import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ClaimedJob, Connection, Reservation } from '../../src/connection.ts'
import { createQueue, defineJob, type JobOptions } from '../../src/index.ts'
import type { Culprit } from '../../src/supervisor/recover-work.ts'
import { workedKinds } from '../support/connections.ts'
import { eventually } from '../support/eventually.ts'
import { wrappedConnection } from '../support/wrapped-connection.ts'

const away = new Error('the database went away')

/** A process that looks after workers tells the queue of a dead one until the database has taken all of it. */
for (const kind of workedKinds) {
  describe(`the crash of a job on ${kind.name}`, () => {
    test('counts once, however often the database goes away while it is told', async () => {
      let failures = 2
      await using crash = await withCrash({ tries: 10 }, (connection) => ({
        now: async () => {
          if (failures-- > 0) throw away
          return connection.now()
        },
      }))

      await crash.tellUntilTaken()

      assert.deepEqual(await crash.standing(), { waiting: 1, failed: 0, crashes: 1 })
    })

    test('counts once when the answer to the count is lost', async () => {
      let failures = 1
      await using crash = await withCrash({ tries: 10 }, (connection) => ({
        countCrash: async (reservation: Reservation) => {
          const crashes = await connection.countCrash(reservation)
          if (failures-- > 0) throw away
          return crashes
        },
      }))

      await crash.tellUntilTaken()

      assert.deepEqual(await crash.standing(), { waiting: 1, failed: 0, crashes: 1 })
    })

    test('is one exception of the job, also when its end can only be written the second time it is told', async () => {
      let releases = 4
      await using crash = await withCrash({ tries: 10, maxExceptions: 2 }, (connection) => ({
        release: async (job: ClaimedJob, delaySeconds: number) => {
          if (releases-- > 0) throw away
          return connection.release(job, delaySeconds)
        },
      }))

      await crash.tellUntilTaken()

      assert.deepEqual(await crash.standing(), { waiting: 1, failed: 0, crashes: 1 })
    })

    test('leaves the suspects out of the forgiven ones that somebody else has by now', async () => {
      await using opened = await kind.open()
      const job = defineJob<number>('Job', {}, () => undefined)
      const queue = createQueue({ connection: opened.connection, jobs: [job] })
      await queue.pushMany(job, [1, 2, 3])
      const suspects = await opened.connection.claim({ queues: ['default'], limit: 3 })
      await opened.connection.complete(suspects.slice(1))
      const forgiven: number[] = []
      queue.on('workerDied', (event) => forgiven.push(event.forgiven))

      const work = { cause: 'exit code 1', held: suspects, suspects, culprit: undefined }
      await queue.supervision.recover(work)

      assert.deepEqual(forgiven, [1])
    })
  })

  /** A worker died of its only job. */
  async function withCrash(options: JobOptions, own: (connection: Connection) => Partial<Connection>) {
    const opened = await kind.open()
    const { connection } = opened
    const job = defineJob('Job', options, () => undefined)
    const queue = createQueue({ connection: wrappedConnection(connection, own(connection)), jobs: [job] })
    await queue.dispatch(job, undefined)
    const [reservation] = await connection.claim({ queues: ['default'], limit: 1 })
    assert.ok(reservation)
    const culprit: Culprit = { reservation, durationMs: 1, end: { kind: 'crashed', cause: 'exit code 1' } }
    return {
      tellUntilTaken: () => eventually(() => queue.supervision.settleCulprit(culprit, {}).catch(() => false)),
      standing: async () => {
        const failed = await queue.countFailed()
        const [again] = await connection.claim({ queues: ['default'], limit: 1 })
        return { waiting: again ? 1 : 0, failed, crashes: again?.crashes }
      },
      [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
    }
  }
}
