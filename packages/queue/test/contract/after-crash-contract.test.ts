import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ClaimedJob, Connection, Reservation, StoredJob } from '../../src/connection.ts'
import { connectionKinds, type OpenedConnection } from '../support/connections.ts'
import { eventually } from '../support/eventually.ts'

/** How a job goes away. */
const ends: Record<string, (connection: Connection, job: ClaimedJob) => Promise<unknown>> = {
  'its end': (connection, job) => connection.complete([job]),
  'its end with company': (connection, job) => connection.exchange([job], { queues: ['none'], limit: 1 }),
  'its end with a follow-up': (connection, job) => connection.conclude(job, {}),
  'its failure': (connection, job) =>
    connection.fail(job, { uuid: 'u', connection: 'c', queue: 'default', payload: job.payload, exception: 'e' }),
  'its queue was cleared': (connection) => connection.clear('default'),
}

/** What a process does with the jobs of another one that ended: every connection promises the same. */
for (const kind of connectionKinds) {
  describe(`the jobs of a process that ended on ${kind.name}`, () => {
    const each = (title: string, body: (opened: OpenedConnection) => Promise<void>) =>
      test(title, async () => {
        await using opened = await kind.open()
        await body(opened)
      })

    each('come back at once, and the claim is no try', async ({ connection }) => {
      const [held] = await pushAndClaim(connection)
      assert.ok(held)
      const [before] = await connection.jobs({})

      assert.deepEqual(await connection.forgive([held]), [])

      assert.deepEqual(await connection.jobs({}), [{ ...before, reservedAt: null }])
      assert.deepEqual(await claim(connection), [{ ...held, attempts: 2, forgiven: 1, crashes: 0 }])
    })

    each('are counted as crashes when they are suspects', async ({ connection }) => {
      const [held] = await pushAndClaim(connection)
      assert.ok(held)

      for (const times of [1, 2, 3]) {
        assert.deepEqual(await connection.forgive(reservationsOf(await connection.jobs({})), { areSuspects: true }), [])
        assert.deepEqual(await claim(connection), [{ ...held, attempts: times + 1, forgiven: times, crashes: times }])
      }
    })

    each('are given back once, however often that is tried', async ({ connection }) => {
      const held = await pushAndClaim(connection)
      await connection.forgive(held, { areSuspects: true })

      assert.deepEqual(await connection.forgive(held, { areSuspects: true }), held)
      const [again] = await claim(connection)
      assert.deepEqual(await connection.forgive(held, { areSuspects: true }), held)

      assert.deepEqual([again?.attempts, again?.forgiven, again?.crashes], [2, 1, 1])
      assert.ok(again)
      assert.deepEqual(await connection.reserved([again]), [again])
    })

    each('are lost for what it still writes, also when another has claimed them', async ({ connection }) => {
      const dead = await pushAndClaim(connection)
      await connection.forgive(dead)
      assert.deepEqual(await connection.complete(dead), dead)

      const current = await claim(connection)

      assert.deepEqual(await connection.complete(dead), dead)
      assert.deepEqual(await connection.renew(dead), dead)
      assert.deepEqual(await connection.complete(current), [])
    })

    each('are given back with any number of attempts, but those that are lost', async ({ connection }) => {
      const first = await pushAndClaim(connection, 700)
      await connection.forgive(first.slice(0, 300))
      const second = await claim(connection, 300)
      await connection.complete(first.slice(300, 400))

      const lost = await connection.forgive([...second, ...first].reverse())

      assert.deepEqual(keysOf(lost), keysOf(first.slice(0, 400)))
      assert.deepEqual(await connection.size('default'), { pending: 600, delayed: 0, reserved: 0 })
      const counts = (await claim(connection, 700)).map(({ attempts, forgiven }) => `${attempts} ${forgiven}`)
      assert.deepEqual(Object.groupBy(counts, (count) => count)['3 2']?.length, 300)
      assert.deepEqual(Object.groupBy(counts, (count) => count)['2 1']?.length, 300)
    })

    each('are given back by one of many who try at once', async ({ connection }) => {
      const held = await pushAndClaim(connection, 40)
      const parts = Array.from({ length: 20 }, (_, index) => [...held.slice(index), ...held.slice(0, index)])

      const lost = await Promise.all(
        parts.map((part, index) => connection.forgive(index % 2 ? part : part.reverse(), { areSuspects: true })),
      )

      const givenBack = lost.map((ofOne) => held.length - ofOne.length)
      assert.equal(
        givenBack.reduce((sum, count) => sum + count),
        held.length,
      )
      for (const { forgiven, crashes } of await claim(connection, 40)) assert.deepEqual([forgiven, crashes], [1, 1])
    })

    each('are heard of by who waits for work', async ({ connection }) => {
      if (connection.runsAtOnce) return
      const held = await pushAndClaim(connection)
      let isHeard = false
      await using _watch = connection.watch(['default'], () => {
        isHeard = true
      })

      await connection.forgive(held)

      await eventually(() => isHeard, 5)
    })

    each('may be none', async ({ connection }) => {
      assert.deepEqual([await connection.forgive([]), await connection.reserved([])], [[], []])
    })

    each('are read with their payload and what is counted of them', async ({ connection }) => {
      const [held, ended] = await pushAndClaim(connection, 2)
      assert.ok(held && ended)
      await connection.countCrash(held)
      await connection.complete([ended])

      assert.deepEqual(await connection.reserved([held, ended]), [{ ...held, crashes: 1 }])
      await connection.forgive([held])
      assert.deepEqual(await connection.reserved([held]), [])
      const [again] = await claim(connection)
      assert.ok(again)
      assert.deepEqual(await connection.reserved([held, again]), [{ ...held, attempts: 2, forgiven: 1, crashes: 1 }])
    })

    each('stay as they are when a crash is counted, which says how many there were', async ({ connection }) => {
      const [held] = await pushAndClaim(connection)
      assert.ok(held)
      const before = await connection.jobs({})

      assert.deepEqual([await connection.countCrash(held), await connection.countCrash(held)], [1, 2])

      assert.deepEqual(await connection.jobs({}), before)
      await connection.release(held, 0)
      assert.equal(await connection.countCrash(held), undefined)
      assert.deepEqual(await claim(connection), [{ ...held, attempts: 2, crashes: 2 }])
      assert.equal(await connection.countCrash(held), undefined)
      assert.equal(await connection.countCrash({ id: held.id, attempts: 2 }), 3)
    })

    for (const [title, end] of Object.entries(ends)) {
      each(`leave nothing behind after ${title}`, async ({ connection, execute }) => {
        if (!execute) return
        await connection.forgive(await pushAndClaim(connection), { areSuspects: true })
        const [job] = await claim(connection)
        assert.ok(job)
        await end(connection, job)

        await addAgain(execute, job)

        assert.deepEqual(await claim(connection), [{ ...job, forgiven: 0, crashes: 0 }])
      })
    }

    each('leave nothing behind when the first crash makes them fail', async ({ connection, execute }) => {
      if (!execute) return
      const [job] = await pushAndClaim(connection)
      assert.ok(job)
      await connection.countCrash(job)
      await ends['its failure']?.(connection, job)

      await addAgain(execute, job)

      assert.deepEqual(await claim(connection), [{ ...job, attempts: 2 }])
    })

    each('are not claimed from tables that were migrated too long ago, and not harmed', async (opened) => {
      const { connection, execute } = opened
      if (!execute) return
      await execute('drop table queue_crashes')
      await connection.push([{ queue: 'default', payload: 'a', due: { inSeconds: 0 } }])

      await assert.rejects(claim(connection), { code: 'DATABASE_UNUSABLE', problem: 'missing_tables' })
      assert.deepEqual(await connection.size('default'), { pending: 1, delayed: 0, reserved: 0 })
      await connection.migrate()

      const [claimed] = await claim(connection)
      assert.equal(claimed?.attempts, 1)
    })
  })
}

/** With the id that it had, as in a table that somebody emptied; a claim of it is the second. */
function addAgain(execute: (sql: string) => Promise<unknown>, { id, payload }: ClaimedJob): Promise<unknown> {
  return execute(`insert into jobs (id, queue, payload, attempts, available_at, created_at)
    values (${id}, 'default', '${payload}', 1, 0, 0)`)
}

async function pushAndClaim(connection: Connection, count = 1): Promise<readonly ClaimedJob[]> {
  await connection.push(
    Array.from({ length: count }, () => ({ queue: 'default', payload: 'a', due: { inSeconds: 0 } })),
  )
  return claim(connection, count)
}

function claim(connection: Connection, limit = 1): Promise<readonly ClaimedJob[]> {
  return connection.claim({ queues: ['default'], limit })
}

function reservationsOf(jobs: readonly StoredJob[]): readonly Reservation[] {
  return jobs.map(({ id, attempts }) => ({ id, attempts }))
}

function keysOf(reservations: readonly Reservation[]): readonly string[] {
  return reservations.map(({ id, attempts }) => `${id}/${attempts}`).sort()
}
