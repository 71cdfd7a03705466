import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { ClaimedJob, Connection, NewFailure, NewJob } from '../../src/connection.ts'
import { connectionKinds, type OpenedConnection, retryAfter } from '../support/connections.ts'
import { eventually } from '../support/eventually.ts'

/** Every write after a claim, done too late. */
const lateWrites: Record<string, (connection: Connection, late: ClaimedJob) => Promise<boolean>> = {
  renew: async (connection, late) => (await connection.renew([late])).length === 0,
  complete: async (connection, late) => (await connection.complete([late])).length === 0,
  unclaim: async (connection, late) => (await connection.unclaim([late])).length === 0,
  forgive: async (connection, late) => (await connection.forgive([late])).length === 0,
  'give back as a suspect': async (connection, late) =>
    (await connection.forgive([late], { areSuspects: true })).length === 0,
  'count as crashed': async (connection, late) => (await connection.countCrash(late)) !== undefined,
  'read as reserved': async (connection, late) => (await connection.reserved([late])).length > 0,
  exchange: async (connection, late) =>
    (await connection.exchange([late], { queues: ['none'], limit: 1 })).lost.length === 0,
  release: (connection, late) => connection.release(late, 0),
  fail: (connection, late) => connection.fail(late, failureOf(late, 'late')),
}

/** Of a job that is claimed for the first time. */
const firstClaim = { id: '', attempts: 1, forgiven: 0, crashes: 0 }

/** What every connection promises. A new connection is added to `connectionKinds` and nothing here changes. */
for (const kind of connectionKinds) {
  describe(`the connection contract on ${kind.name}`, () => {
    const each = (title: string, body: (opened: OpenedConnection) => Promise<void>) =>
      test(title, async () => {
        await using opened = await kind.open()
        await body(opened)
      })

    each('migrating twice changes nothing', async ({ connection }) => {
      await connection.push([job('a')])

      await connection.migrate()

      assert.equal((await connection.size('default')).pending, 1)
    })

    each('a pushed job is claimed once, with its payload verbatim and one attempt', async ({ connection }) => {
      const payload = '{"uuid":"á🛒\\/","n":12345678901234567890,"data":{}}'
      await connection.push([job('a', { payload })])

      const [claimed] = await claim(connection)

      assert.equal(claimed?.payload, payload)
      assert.equal(claimed?.attempts, 1)
      assert.equal(claimed?.queue, 'default')
      assert.deepEqual(await claim(connection), [])
    })

    each('a claim that was given back was none, however often', async ({ connection }) => {
      await connection.push([job('a')])

      for (let times = 0; times < 300; times += 1)
        assert.deepEqual(await connection.unclaim(await claim(connection)), [])

      const [claimed] = await claim(connection)
      assert.deepEqual([claimed?.attempts, claimed?.forgiven], [1, 0])
    })

    each('what was given back with a delay is due after it', async ({ connection, passTime }) => {
      await connection.push([job('a')])
      await connection.unclaim(await claim(connection), 30)

      assert.deepEqual(await connection.size('default'), { pending: 0, delayed: 1, reserved: 0 })
      await passTime(31)
      assert.deepEqual(
        (await claim(connection)).map(({ attempts }) => attempts),
        [1],
      )
    })

    each('of jobs that contain a text only those are claimed, letter by letter', async ({ connection, passTime }) => {
      const payloads = ['{"job":"A\\\\B"}', '{"job":"a\\\\b"}', '{"job":"Á"}', '{"job":"A"}', '{"job":"100%_?"}']
      await connection.push(payloads.map((payload) => job('', { payload })))
      const containing = ['"job":"A\\\\B"', '"job":"100%_?"']
      const request = { queues: ['none', 'default'], limit: 10, containing }

      const claimed = await connection.claim(request)
      const nothing = await connection.exchange(claimed.slice(1), request)

      assert.deepEqual(
        claimed.map(({ payload }) => payload),
        [payloads[0], payloads[4]],
      )
      assert.deepEqual(nothing, { claimed: [], lost: [] })
      assert.deepEqual(await connection.claim({ ...request, containing: [] }), [])
      assert.ok(Number(await connection.nextDue(request)) > 0)
      assert.equal(await connection.nextDue({ ...request, containing: ['"job":"Á"'] }), 0)
      assert.equal(await connection.nextDue({ ...request, containing: [] }), undefined)
      await passTime(retryAfter + 1)
      assert.deepEqual(
        (await connection.claim(request)).map(({ payload }) => payload),
        [payloads[0]],
      )
      assert.equal((await connection.claim({ queues: ['default'], limit: 10 })).length, 3)
    })

    each('closing it twice does no harm', async ({ connection }) => {
      await connection[Symbol.asyncDispose]()
      await connection[Symbol.asyncDispose]()
    })

    each('a job can be pushed reserved, and is then like one that was claimed', async ({ connection, passTime }) => {
      const pushed = await connection.pushReserved('default', 'a')

      assert.deepEqual({ ...pushed, id: '' }, { ...firstClaim, queue: 'default', payload: 'a' })
      assert.deepEqual(await connection.size('default'), { pending: 0, delayed: 0, reserved: 1 })
      assert.deepEqual(await connection.renew([pushed]), [])
      await passTime(retryAfter + 1)
      assert.deepEqual(await claim(connection), [{ ...pushed, attempts: 2, forgiven: 1 }])
      assert.deepEqual(await connection.complete([pushed]), [pushed])
    })

    each('jobs are claimed in the order in which they became due', async ({ connection, passTime }) => {
      await connection.push([
        job('late', { due: { inSeconds: 20 } }),
        job('early', { due: { inSeconds: 10 } }),
        job('now'),
      ])
      await passTime(25)

      const claimed = await claim(connection, { limit: 10 })

      assert.deepEqual(names(claimed), ['now', 'early', 'late'])
    })

    each('of jobs due in the same second the first pushed is claimed first', async ({ connection }) => {
      await connection.push(['a', 'b', 'c', 'd'].map((name) => job(name)))

      const claimed = [
        ...(await claim(connection)),
        ...(await claim(connection, { limit: 2 })),
        ...(await claim(connection)),
      ]

      assert.deepEqual(names(claimed), ['a', 'b', 'c', 'd'])
    })

    each('the first queue of the list that has a job wins', async ({ connection }) => {
      await connection.push([job('low'), job('high', { queue: 'high' })])

      const [first] = await connection.claim({ queues: ['high', 'default'], limit: 5 })
      const [second] = await connection.claim({ queues: ['high', 'default'], limit: 5 })

      assert.deepEqual([first?.payload, second?.payload], ['high', 'low'])
    })

    each('a job of another queue is not claimed', async ({ connection }) => {
      await connection.push([job('a', { queue: 'other' })])

      assert.deepEqual(await claim(connection), [])
    })

    each('a delayed job is claimed when its delay is over and not before', async ({ connection, passTime }) => {
      await connection.push([job('a', { due: { inSeconds: 60 } })])

      assert.deepEqual(await claim(connection), [])
      await passTime(58)
      assert.deepEqual(await claim(connection), [])
      await passTime(3)
      assert.equal((await claim(connection)).length, 1)
    })

    each('a thousand jobs pushed at once are all there', async ({ connection }) => {
      await connection.push(Array.from({ length: 1_234 }, (_, index) => job(`job ${index}`)))

      assert.equal((await connection.size('default')).pending, 1_234)
      assert.equal((await claim(connection, { limit: 2_000 })).length, 1_234)
    })

    each('a completed job is gone', async ({ connection }) => {
      const claimed = await pushAndClaim(connection)

      assert.deepEqual(await connection.complete([claimed]), [])

      assert.deepEqual(await connection.size('default'), { pending: 0, delayed: 0, reserved: 0 })
    })

    each(
      'a released job runs again after its delay, with the same id and its attempts counted',
      async ({ connection, passTime }) => {
        const claimed = await pushAndClaim(connection)

        assert.equal(await connection.release(claimed, 10), true)

        assert.deepEqual(await claim(connection), [])
        await passTime(11)
        const [again] = await claim(connection)
        assert.deepEqual(again, { ...claimed, attempts: 2 })
      },
    )

    each(
      'a reservation that nobody renews passes to the next worker after retryAfter',
      async ({ connection, passTime }) => {
        const lost = await pushAndClaim(connection)

        await passTime(retryAfter - 2)
        assert.deepEqual(await claim(connection), [])
        await passTime(3)

        const [again] = await claim(connection)
        assert.deepEqual(again, { ...lost, attempts: 2, forgiven: 1 })
      },
    )

    each('an expired job does not wait behind ready ones that keep coming', async ({ connection, passTime }) => {
      const lost = await pushAndClaim(connection)
      await passTime(retryAfter + 1)

      await eventually(async () => {
        await connection.push([job('b'), job('c')])
        const [first] = await claim(connection)
        return first?.id === lost.id
      }, 5)
    })

    each('of two reservations of one job that are completed at once only the lost one is told', async (opened) => {
      const { connection, passTime } = opened
      const late = await pushAndClaim(connection)
      await passTime(retryAfter + 1)
      const current = await claim(connection)

      assert.deepEqual(await connection.complete([late, ...current]), [late])

      assert.deepEqual(await connection.size('default'), { pending: 0, delayed: 0, reserved: 0 })
    })

    each('a renewed reservation is kept', async ({ connection, passTime }) => {
      const claimed = await pushAndClaim(connection)
      await passTime(retryAfter - 2)

      assert.deepEqual(await connection.renew([claimed]), [])

      await passTime(retryAfter - 2)
      assert.deepEqual(await claim(connection), [])
    })

    each('renewing twice within one second succeeds twice', async ({ connection }) => {
      const claimed = await pushAndClaim(connection)

      assert.deepEqual([await connection.renew([claimed]), await connection.renew([claimed])], [[], []])
    })

    for (const [verb, act] of Object.entries(lateWrites)) {
      each(`a late worker cannot ${verb} a job that another has claimed`, async ({ connection, passTime }) => {
        const late = await pushAndClaim(connection)
        await passTime(retryAfter + 1)
        const [current] = await claim(connection)

        assert.equal(await act(connection, late), false)

        const [stored] = await connection.jobs({})
        assert.equal(stored?.attempts, 2)
        assert.notEqual(stored?.reservedAt, null)
        assert.equal(await connection.countFailed(), 0)
        assert.deepEqual(await connection.complete([current ?? late]), [])
      })

      each(`a worker cannot ${verb} a job that it has released`, async ({ connection }) => {
        const claimed = await pushAndClaim(connection)
        await connection.release(claimed, 0)

        assert.equal(await act(connection, claimed), false)

        assert.deepEqual(await connection.size('default'), { pending: 1, delayed: 0, reserved: 0 })
        assert.equal(await connection.countFailed(), 0)
      })

      each(`a worker cannot ${verb} a job that it has completed`, async ({ connection }) => {
        const claimed = await pushAndClaim(connection)
        await connection.complete([claimed])

        assert.equal(await act(connection, claimed), false)

        assert.deepEqual(await connection.jobs({}), [])
        assert.equal(await connection.countFailed(), 0)
      })
    }

    each('a failed job leaves jobs and stands in failed_jobs', async ({ connection }) => {
      const claimed = await pushAndClaim(connection)

      assert.equal(await connection.fail(claimed, failureOf(claimed, 'u1')), true)

      assert.deepEqual(await connection.jobs({}), [])
      const found = await connection.findFailed('u1')
      assert.deepEqual(found, { ...failureOf(claimed, 'u1'), failedAt: found?.failedAt })
      assert.match(found?.failedAt ?? '', /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/)
    })

    each('two jobs that were given one uuid leave two failures', async ({ connection }) => {
      for (const payload of ['a', 'b']) {
        await connection.push([job(payload)])
        const [claimed] = await claim(connection)
        assert.ok(claimed)
        await connection.fail(claimed, failureOf(claimed, 'u1'))
      }

      const failed = await connection.failed({})

      assert.deepEqual(failed.map(({ payload }) => payload).toSorted(), ['a', 'b'])
      assert.equal(new Set(failed.map(({ uuid }) => uuid)).size, 2)
    })

    each('it knows whether a job waits or runs, by its uuid', async ({ connection }) => {
      await connection.push([job('{"uuid":"a_b","data":"x"}')])

      assert.deepEqual(
        [await connection.isQueued('a_b'), await connection.isQueued('aXb'), await connection.isQueued('%')],
        [true, false, false],
      )
      const [claimed] = await claim(connection)
      assert.equal(await connection.isQueued('a_b'), true)
      assert.ok(claimed)
      await connection.complete([claimed])
      assert.equal(await connection.isQueued('a_b'), false)
    })

    each('of jobs with one uuid that fail at once each leaves a failure', async ({ connection }) => {
      await connection.push(Array.from({ length: 40 }, (_, index) => job(`job ${index}`)))
      const claimed = await claim(connection, { limit: 40 })

      const answers = await Promise.all(
        claimed.map((each) => connection.fail(each, failureOf(each, `u${Number(each.id) % 10}`))),
      )

      assert.ok(answers.every(Boolean))
      assert.equal(new Set((await connection.failed({})).map(({ payload }) => payload)).size, 40)
    })

    each('a late worker does not take away what the job is forgiven', async ({ connection, passTime }) => {
      await pushAndClaim(connection)
      await passTime(retryAfter + 1)
      const [late] = await claim(connection)
      await passTime(retryAfter + 1)
      await claim(connection)

      assert.ok(late)
      await connection.complete([late])
      await connection.fail(late, failureOf(late, 'u'))

      await passTime(retryAfter + 1)
      const [current] = await claim(connection)
      assert.deepEqual([current?.attempts, current?.forgiven], [4, 3])
    })

    each('what is recorded of a failed job is the payload that it has, verbatim', async ({ connection }) => {
      const claimed = await pushAndClaim(connection)

      assert.equal(
        await connection.fail(claimed, { ...failureOf(claimed, 'u1'), payload: 'as a client read it' }),
        true,
      )

      assert.equal((await connection.findFailed('u1'))?.payload, 'a')
    })

    each('a second failure of one job keeps the newest exception in one row', async ({ connection }) => {
      const first = await pushAndClaim(connection)
      await connection.fail(first, failureOf(first, 'u1'))
      const second = await pushAndClaim(connection)

      await connection.fail(second, { ...failureOf(second, 'u1'), exception: 'newer' })

      assert.equal(await connection.countFailed(), 1)
      assert.equal((await connection.findFailed('u1'))?.exception, 'newer')
    })

    each('failed jobs are listed newest first, page by page', async ({ connection }) => {
      for (const uuid of ['a', 'b', 'c']) await failOne(connection, uuid)

      assert.deepEqual(
        (await connection.failed({ limit: 2 })).map(({ uuid }) => uuid),
        ['c', 'b'],
      )
      assert.deepEqual(
        (await connection.failed({ limit: 2, offset: 2 })).map(({ uuid }) => uuid),
        ['a'],
      )
      assert.deepEqual(await connection.failedUuids({}), ['a', 'b', 'c'])
      assert.deepEqual(await connection.failedUuids({ queue: 'none' }), [])
    })

    each('a retried job is back on its queue with no attempts, and only once', async ({ connection }) => {
      await failOne(connection, 'u1')

      const answers = await Promise.all([
        connection.retry('u1', same),
        connection.retry('u1', same),
        connection.retry('u1', same),
      ])

      assert.deepEqual(answers.filter(Boolean), [true])
      assert.equal(await connection.countFailed(), 0)
      const [again, ...others] = await claim(connection, { limit: 10 })
      assert.equal(again?.attempts, 1)
      assert.equal(again?.payload, 'a')
      assert.deepEqual(others, [])
    })

    each('forgetting and retrying a job that is not there answers false', async ({ connection }) => {
      assert.deepEqual([await connection.forget('nada'), await connection.retry('nada', same)], [false, false])
    })

    each('forgetting deletes one failed job, flushing all', async ({ connection }) => {
      for (const uuid of ['a', 'b', 'c']) await failOne(connection, uuid)

      assert.equal(await connection.forget('b'), true)
      assert.deepEqual(await connection.failedUuids({}), ['a', 'c'])
      assert.equal(await connection.flush(), 2)
      assert.equal(await connection.countFailed(), 0)
    })

    each('flushing by hours keeps the newer failures', async ({ connection, passTime }) => {
      await failOne(connection, 'old')
      await passTime(3 * 3600)
      await failOne(connection, 'new')

      assert.equal(await connection.flush(2), 1)

      assert.deepEqual(await connection.failedUuids({}), ['new'])
    })

    each('pruning keeps the failures of so many hours', async ({ connection, passTime }) => {
      await failOne(connection, 'old')
      await passTime(3 * 3600)
      await failOne(connection, 'new')

      assert.equal(await connection.pruneFailed(4), 0)
      assert.equal(await connection.pruneFailed(2), 1)

      assert.deepEqual(await connection.failedUuids({}), ['new'])
    })

    each('pruning goes on until all old failures are gone', async ({ connection, execute }) => {
      if (!execute) return
      await execute(`insert into failed_jobs (uuid, connection, queue, payload, exception, failed_at)
        values ${Array.from({ length: 2_345 }, (_, index) => `('u${index}', 'c', 'q', '{}', 'e', '2020-01-01 00:00:00')`)}`)
      await failOne(connection, 'new')

      assert.equal(await connection.pruneFailed(24), 2_345)

      assert.deepEqual(await connection.failedUuids({}), ['new'])
    })

    each('there is no batch before one was made', async ({ connection }) => {
      assert.equal(await connection.failedInBatch('nada'), undefined)
      for (const state of ['finished', 'unfinished', 'cancelled'] as const)
        assert.equal(await connection.pruneBatches({ state, olderThanHours: 0 }), 0)
    })

    each('the failed jobs of a batch are read, also as PHP writes a list with a gap', async (opened) => {
      const { connection, execute } = opened
      if (!execute) return
      await execute(
        batches({ id: 'none', ids: '[]' }, { id: 'two', ids: '["u1","u2"]' }, { id: 'gap', ids: '{"1":"u2"}' }),
      )

      const read = ['none', 'two', 'gap'].map((id) => connection.failedInBatch(id))

      assert.deepEqual(await Promise.all(read), [[], ['u1', 'u2'], ['u2']])
    })

    for (const ids of ['', 'null', '7', '[1]', '["u1"']) {
      each(
        `a batch whose failed jobs are ${ids || 'empty'} is refused with its id`,
        async ({ connection, execute }) => {
          if (!execute) return
          await execute(batches({ id: 'broken', ids }))

          await assert.rejects(connection.failedInBatch('broken'), { code: 'UNREADABLE_BATCH', batch: 'broken' })
        },
      )
    }

    for (const [state, pruned] of [
      ['finished', ['finished']],
      ['unfinished', ['unfinished', 'cancelled early']],
      ['cancelled', ['cancelled', 'cancelled early']],
    ] as const) {
      each(`pruning ${state} batches deletes those that are old, and no other`, async ({ connection, execute }) => {
        if (!execute) return
        const [old, recent] = [Math.floor(Date.now() / 1000) - 50 * 3600, Math.floor(Date.now() / 1000) - 40 * 3600]
        const kept = ['finished lately', 'unfinished lately', 'cancelled lately']
        await execute(
          batches(
            { id: 'finished', created: old, finished: old },
            { id: 'unfinished', created: old },
            { id: 'cancelled', created: old, cancelled: recent, finished: recent },
            { id: 'cancelled early', created: old, cancelled: recent },
            { id: 'finished lately', created: old, finished: recent },
            { id: 'unfinished lately', created: recent },
            { id: 'cancelled lately', created: recent, cancelled: recent },
          ),
        )

        const answer = await connection.pruneBatches({ state, olderThanHours: 48 })

        assert.equal(answer, pruned.length)
        for (const id of pruned) assert.equal(await connection.failedInBatch(id), undefined, id)
        for (const id of kept) assert.deepEqual(await connection.failedInBatch(id), [], id)
      })
    }

    each('pruning goes on until all old batches are gone', async ({ connection, execute }) => {
      if (!execute) return
      await execute(
        batches(
          ...Array.from({ length: 2_345 }, (_, index) => ({
            id: `b${index}`,
            created: 1_577_836_800,
            finished: 1_577_836_800,
          })),
        ),
      )

      assert.equal(await connection.pruneBatches({ state: 'finished', olderThanHours: 1_000_000 }), 0)
      assert.equal(await connection.pruneBatches({ state: 'finished', olderThanHours: 24 }), 2_345)
    })

    each('it knows since when the oldest due job waits', async ({ connection, passTime }) => {
      await connection.push([
        job('later', { due: { inSeconds: 60 } }),
        job('other', { queue: 'other', due: { atUnixSeconds: 1_500_000_005 } }),
      ])
      assert.equal(await connection.oldestDue('default'), undefined)
      await connection.push([job('old', { due: { atUnixSeconds: 1_500_000_007 } }), job('new')])

      assert.equal(await connection.oldestDue('default'), 1_500_000_007)
      await claim(connection)
      assert.notEqual(await connection.oldestDue('default'), 1_500_000_007)
      await passTime(61)
      assert.ok(await connection.oldestDue('default'))
    })

    each('the size counts pending, delayed and reserved jobs of one queue', async ({ connection }) => {
      await connection.push([job('a'), job('b'), job('c', { due: { inSeconds: 60 } }), job('d', { queue: 'other' })])
      await claim(connection)

      assert.deepEqual(await connection.size('default'), { pending: 1, delayed: 1, reserved: 1 })
    })

    each('clearing deletes reserved and delayed jobs too, of its queue only', async ({ connection }) => {
      await connection.push([job('a'), job('b', { due: { inSeconds: 60 } }), job('c', { queue: 'other' })])
      await claim(connection)

      assert.equal(await connection.clear('default'), 2)

      assert.deepEqual(
        (await connection.jobs({})).map(({ payload }) => payload),
        ['c'],
      )
    })

    each('a reservation that lies ahead of the clock begins anew', async ({ connection, passTime }) => {
      const claimed = await pushAndClaim(connection)
      await passTime(-600)

      assert.equal(await connection.nextDue({ queues: ['default'] }), 0)
      assert.deepEqual(await claim(connection), [])
      assert.ok(Number(await connection.nextDue({ queues: ['default'] })) > retryAfter - 3)
      await passTime(retryAfter + 1)
      const [again] = await claim(connection)

      assert.deepEqual([again?.id, again?.attempts, again?.forgiven], [claimed.id, 2, 1])
    })

    each('whose reservation lies ahead of the clock holds it as before', async ({ connection, passTime }) => {
      const claimed = await pushAndClaim(connection)
      await passTime(-600)

      assert.deepEqual(await claim(connection), [])
      assert.deepEqual(await connection.renew([claimed]), [])
      assert.deepEqual(await connection.complete([claimed]), [])
    })

    each('what was due when it was pushed is due although the clock was set back', async ({ connection, passTime }) => {
      await connection.push([job('later', { due: { inSeconds: 30 } }), job('a'), job('b')])
      await passTime(-600)

      assert.equal(await connection.nextDue({ queues: ['default'] }), 0)
      const claimed = [...(await claim(connection, { limit: 10 })), ...(await claim(connection, { limit: 10 }))]

      assert.deepEqual(names(claimed), ['a', 'b'])
      assert.ok(Number(await connection.nextDue({ queues: ['default'] })) > 0)
    })

    each('the clock that decides what is due can be read', async ({ connection }) => {
      const before = await connection.now()
      await connection.push([job('a')])
      const [stored] = await connection.jobs({})
      const after = await connection.now()

      assert.ok(stored && Math.floor(before) <= stored.createdAt && stored.createdAt <= after, `${before}, ${after}`)
    })

    each('many who claim at once never get the same job', async ({ connection }) => {
      await connection.push(Array.from({ length: 100 }, (_, index) => job(String(index))))

      const claims = await Promise.all(Array.from({ length: 30 }, () => claim(connection, { limit: 5 })))

      const payloads = claims.flat().map(({ payload }) => payload)
      assert.equal(payloads.length, 100)
      assert.equal(new Set(payloads).size, 100)
    })

    each('what has begun when it is closed is done, and closing twice at once is closing', async (opened) => {
      const closing = opened.connectAgain()
      const push = (name: string) => closing.pushUnique([job(name)], [{ key: name, owner: name, seconds: 60 }])
      await push('first')

      const pushing = ['a', 'b', 'c', 'd', 'e', 'f'].map(push)
      await nextTurn()
      const closed = await Promise.allSettled([1, 2].map(() => closing[Symbol.asyncDispose]()))

      assert.deepEqual(await Promise.allSettled(pushing), Array(6).fill({ status: 'fulfilled', value: true }))
      assert.deepEqual(closed, Array(2).fill({ status: 'fulfilled', value: undefined }))
      await closing[Symbol.asyncDispose]()
      assert.equal((await opened.connection.size('default')).pending, 7)
    })
  })
}

interface BatchRow {
  readonly id: string
  readonly ids?: string
  readonly created?: number
  readonly cancelled?: number
  readonly finished?: number
}

/** Rows as Laravel writes them. */
function batches(...rows: readonly BatchRow[]): string {
  const values = rows.map(
    ({ id, ids = '[]', created = 1, cancelled = 'null', finished = 'null' }) =>
      `('${id}', 'name', 1, 1, 0, '${ids}', ${cancelled}, ${created}, ${finished})`,
  )
  return `insert into job_batches
    (id, name, total_jobs, pending_jobs, failed_jobs, failed_job_ids, cancelled_at, created_at, finished_at)
    values ${values.join(', ')}`
}

function job(payload: string, changes: Partial<NewJob> = {}): NewJob {
  return { queue: 'default', payload, due: { inSeconds: 0 }, ...changes }
}

function claim(connection: Connection, { limit = 1 }: { limit?: number } = {}): Promise<readonly ClaimedJob[]> {
  return connection.claim({ queues: ['default'], limit })
}

async function pushAndClaim(connection: Connection): Promise<ClaimedJob> {
  await connection.push([job('a')])
  const [claimed] = await claim(connection)
  assert.ok(claimed)
  return claimed
}

async function failOne(connection: Connection, uuid: string): Promise<void> {
  const claimed = await pushAndClaim(connection)
  await connection.fail(claimed, failureOf(claimed, uuid))
}

function failureOf(claimed: ClaimedJob, uuid: string): NewFailure {
  return { uuid, connection: 'database', queue: claimed.queue, payload: claimed.payload, exception: 'Error: no' }
}

function names(jobs: readonly ClaimedJob[]): string[] {
  return jobs.map(({ payload }) => payload)
}

function same(payload: string): string {
  return payload
}
