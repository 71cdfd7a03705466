import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { ClaimedJob, ClaimRequest, Connection, Reservation } from '../../src/connection.ts'
import { createQueue, defineJob, type JobContext } from '../../src/index.ts'
import { workedKinds } from '../support/connections.ts'
import { eventually } from '../support/eventually.ts'
import { wrappedConnection } from '../support/wrapped-connection.ts'

/**
 * What a worker holds beyond the jobs that run, and what becomes of it. Its limit on memory is off: this process holds much
 * that is no worker's.
 */
for (const kind of workedKinds) {
  describe(`a worker on ${kind.name}`, () => {
    test('claims and acknowledges short jobs in groups, each once', async () => {
      await using bench = await withJobs(() => undefined)
      await bench.push(3_000)

      const { processed } = await bench.queue.worker({ memory: 0, stopWhenEmpty: true }).run()

      assert.equal(processed, 3_000)
      assert.equal(new Set(bench.started).size, 3_000)
      assert.equal(bench.started.length, 3_000)
      assert.ok(bench.exchanges.length < 100, `${bench.exchanges.length} claims`)
      assert.deepEqual(await bench.queue.size(), { pending: 0, delayed: 0, reserved: 0 })
    })

    test('never holds more than about a second of work', async () => {
      await using bench = await withJobs(() => wait(100))
      await bench.push(40)
      const worker = bench.queue.worker({ memory: 0, maxJobs: 15 })

      let mostReserved = 0
      bench.queue.on('jobProcessing', async () => {
        mostReserved = Math.max(mostReserved, (await bench.queue.size()).reserved)
      })
      await worker.run()

      assert.ok(mostReserved <= 1 + 10, `${mostReserved} jobs of 100 ms were reserved`)
    })

    test('begins slow jobs in the order of their dispatch, however long an answer is on its way', async () => {
      let looks = 0
      let before: Promise<unknown> = Promise.resolve()
      const exchange: Connection['exchange'] = async (completed, request) => {
        looks += 1
        const isSlow = looks % 2 === 0
        const answer = before.then(() => bench.opened.exchange(completed, request))
        before = answer
        await answer
        await wait(isSlow ? 200 : 0)
        return answer
      }
      await using bench = await withJobs(() => wait(20), { exchange, lanes: 2 })
      await bench.push(20)

      await bench.queue.worker({ memory: 0, stopWhenEmpty: true }).run()

      assert.deepEqual(
        bench.started,
        bench.started.toSorted((a, b) => a - b),
      )
      assert.equal(bench.started.length, 20)
    })

    test('that rests between its jobs holds none', async () => {
      await using bench = await withJobs(() => undefined)
      await bench.push(500)

      await bench.queue.worker({ memory: 0, rest: 0.02, maxTime: 1 }).run()

      assert.ok(bench.started.length > 5)
      assert.ok(bench.exchanges.every((limit) => limit === 1))
    })

    test('runs as many jobs at the same time as it has runners', async () => {
      let running = 0
      let most = 0
      await using bench = await withJobs(async () => {
        running += 1
        most = Math.max(most, running)
        await eventually(() => most === 4 || running === 4, 10)
        running -= 1
      })
      await bench.push(12)

      await bench.queue.worker({ memory: 0, stopWhenEmpty: true, concurrency: 4 }).run()

      assert.equal(most, 4)
      assert.equal(bench.started.length, 12)
    })

    test('gives back what it has not started when it stops, and no try is lost', async () => {
      await using bench = await withJobs((n) => (n === 500 ? worker.stop() : undefined))
      await bench.push(2_000)
      const worker = bench.queue.worker({ memory: 0, tries: 1 })

      const { processed } = await worker.run()
      const left = await bench.queue.size()
      await bench.queue.worker({ memory: 0, tries: 1, stopWhenEmpty: true }).run()

      assert.ok(processed < 2_000)
      assert.deepEqual(left, { pending: 2_000 - processed, delayed: 0, reserved: 0 })
      assert.equal(new Set(bench.started).size, 2_000)
      assert.equal(bench.started.length, 2_000)
      assert.equal(await bench.queue.countFailed(), 0)
    })

    test('has given back at its end what a pause gave back just before', async () => {
      await using bench = await withJobs(
        (n) => {
          if (n !== 500) return
          worker.pause()
          worker.stop()
        },
        {
          unclaim: async (jobs: readonly ClaimedJob[]) => {
            await wait(100)
            return bench.opened.unclaim(jobs)
          },
        },
      )
      await bench.push(2_000)
      const worker = bench.queue.worker({ memory: 0 })

      const { processed } = await worker.run()

      assert.ok(processed < 2_000)
      assert.deepEqual(await bench.queue.size(), { pending: 2_000 - processed, delayed: 0, reserved: 0 })
    })

    test('starts none of the jobs of a claim that was under way when it was paused', async () => {
      const { promise: mayAnswer, resolve: answer } = Promise.withResolvers<void>()
      await using bench = await withJobs(() => undefined, {
        exchange: async (completed: readonly Reservation[], request: ClaimRequest) => {
          const exchange = await bench.opened.exchange(completed, request)
          await mayAnswer
          return exchange
        },
      })
      await bench.push(10)
      const worker = bench.queue.worker({ memory: 0, concurrency: 2, sleep: 0.05 })
      const running = worker.run()
      await eventually(async () => (await bench.queue.size()).reserved > 0)

      worker.pause()
      answer()
      await eventually(async () => (await bench.queue.size()).reserved === 0)
      const whilePaused = [...bench.started]
      worker.resume()
      await eventually(async () => (await bench.queue.jobs()).length === 0)
      worker.stop()

      assert.deepEqual([whilePaused, (await running).processed], [[], 10])
    })

    test('gives back what it holds when a job turns out long, so that others run it meanwhile', async () => {
      const { promise: othersRan, resolve } = Promise.withResolvers<void>()
      await using bench = await withJobs((n) => (n === 1_000 ? othersRan : undefined))
      await bench.push(3_000)
      const stuck = bench.queue.worker({ memory: 0, stopWhenEmpty: true })
      const stuckRuns = stuck.run()
      await eventually(() => bench.started.includes(1_000))

      const helper = createQueue({ connection: bench.connection, jobs: [bench.job] }).worker({ memory: 0, sleep: 0.05 })
      const helping = helper.run()
      await eventually(() => new Set(bench.started).size === 3_000, 10)
      resolve()
      await stuckRuns
      helper.stop()
      await helping

      assert.equal(bench.started.length, 3_000)
      assert.equal(await bench.queue.countFailed(), 0)
    })

    test('acknowledges what is done while it stops and another job still runs', async () => {
      const { promise: mayEnd, resolve } = Promise.withResolvers<void>()
      let acknowledging = 0
      const acknowledge = async () => {
        acknowledging += 1
        await wait(50)
      }
      await using bench = await withJobs(
        async (n) => {
          if (n === 1) await mayEnd
          // The third job ends while the second is being acknowledged.
          if (n === 3) await eventually(() => acknowledging > 0)
        },
        {
          complete: async (reservations: readonly Reservation[]) => {
            await acknowledge()
            return bench.opened.complete(reservations)
          },
          exchange: async (completed: readonly Reservation[], request: ClaimRequest) => {
            if (completed.length > 0) await acknowledge()
            return bench.opened.exchange(completed, request)
          },
        },
      )
      await bench.push(3)
      const worker = bench.queue.worker({ memory: 0, concurrency: 3 })
      const running = worker.run()
      await eventually(() => bench.started.length === 3)
      worker.stop()
      await eventually(async () => (await bench.queue.jobs()).length === 1)
      resolve()

      assert.equal((await running).processed, 3)
    })

    test('holds no more text of payloads than a process bears', async () => {
      await using bench = await withJobs(() => undefined)
      const large = defineJob<string>('Large', {}, () => undefined)
      const queue = createQueue({ connection: bench.connection, jobs: [large] })
      await queue.pushMany(
        large,
        Array.from({ length: 24 }, () => 'x'.repeat(250_000)),
      )

      await queue.worker({ memory: 0, stopWhenEmpty: true }).run()

      assert.deepEqual(await queue.jobs(), [])
      assert.ok(Math.max(...bench.exchanges) <= 34, `${Math.max(...bench.exchanges)} of 250 kB at once`)
    })

    test('gives back what it held while its thread stood still for as long as the reservation', async () => {
      const events: string[] = []
      await using bench = await withJobs(
        (n) => {
          events.push(`start ${n}`)
          if (n === 200) standStill(1_200)
        },
        {
          retryAfterSeconds: 2,
          unclaim: (jobs: readonly ClaimedJob[]) => {
            events.push('give back')
            return bench.opened.unclaim(jobs)
          },
        },
      )
      await bench.push(1_000)

      await bench.queue.worker({ memory: 0, stopWhenEmpty: true, concurrency: 2 }).run()

      assert.equal(events[events.indexOf('start 200') + 1], 'give back')
      assert.equal(bench.started.length, 1_000)
    })

    test('gives back what it was told it has only when that may be over, and then runs it', async () => {
      const events: string[] = []
      let isLate = true
      await using bench = await withJobs((n) => void events.push(`start ${n}`), {
        retryAfterSeconds: 2,
        exchange: async (completed: readonly Reservation[], request: ClaimRequest) => {
          const exchange = await bench.opened.exchange(completed, request)
          if (isLate) await wait(1_100)
          isLate = false
          return exchange
        },
        unclaim: (jobs: readonly ClaimedJob[]) => {
          events.push(`give back ${jobs.length}`)
          return bench.opened.unclaim(jobs)
        },
      })
      await bench.push(1)

      await bench.queue.worker({ memory: 0, stopWhenEmpty: true }).run()

      assert.deepEqual(events, ['give back 1', 'start 1'])
      assert.deepEqual(await bench.queue.jobs(), [])
    })

    test('leaves out a job that it lost while it waited for others to end', async () => {
      const lost = Promise.withResolvers<void>()
      const foundNothing = Promise.withResolvers<void>()
      await using bench = await withJobs(async (n) => {
        if (n === 1) await lost.promise
      })
      const connection = wrappedConnection(bench.connection, {
        retryAfterSeconds: 2,
        // A suspect of an earlier crash waits until it is alone.
        exchange: async (completed: readonly Reservation[], request: ClaimRequest) => {
          const exchange = await bench.connection.exchange(completed, request)
          if (exchange.claimed.length === 0) setImmediate(foundNothing.resolve)
          return {
            ...exchange,
            claimed: exchange.claimed.map((job) => ({ ...job, crashes: job.id === suspect ? 1 : 0 })),
          }
        },
        renew: async (reservations: readonly Reservation[]) => {
          const others = reservations.filter(({ id }) => id !== suspect)
          const gone = reservations.filter(({ id }) => id === suspect)
          const lostToo = await bench.connection.renew(others)
          if (gone.length > 0) setImmediate(lost.resolve)
          return [...lostToo, ...gone]
        },
        // The other job ends and a look finds nothing, before this one is there again.
        unclaim: async (jobs: readonly ClaimedJob[]) => {
          suspect = undefined
          await foundNothing.promise
          return bench.opened.unclaim(jobs)
        },
      } satisfies Partial<Connection>)
      const queue = createQueue({ connection, jobs: [bench.job] })
      await bench.push(2)
      let suspect = (await queue.jobs({ limit: 2 })).at(-1)?.id

      const { processed } = await queue.worker({ memory: 0, concurrency: 2, stopWhenEmpty: true }).run()

      assert.deepEqual([processed, bench.started, suspect], [2, [1, 2], undefined])
    })

    test('claims no more than it may run', async () => {
      await using bench = await withJobs(() => undefined)
      await bench.push(200)

      const { processed, reason } = await bench.queue.worker({ memory: 0, maxJobs: 50, concurrency: 3 }).run()

      assert.deepEqual([processed, reason], [50, 'max_jobs'])
      assert.deepEqual(await bench.queue.size(), { pending: 150, delayed: 0, reserved: 0 })
      assert.ok((await bench.queue.jobs({ limit: 200 })).every(({ attempts }) => attempts === 0))
    })

    test('takes a job that its process dispatches while a runner waits, in one write', async () => {
      const { promise: ran, resolve } = Promise.withResolvers<void>()
      await using bench = await withJobs((n) => (n === 2 ? resolve() : undefined))
      const worker = bench.queue.worker({ memory: 0, sleep: 3_600 })
      const running = worker.run()
      await bench.queue.dispatch(bench.job, 1)
      await eventually(async () => (await bench.queue.jobs()).length === 0 && bench.lastFound() === 0)
      const claims = bench.claimed.length

      await bench.queue.dispatch(bench.job, 2)
      await ran
      worker.stop()

      assert.equal((await running).processed, 2)
      assert.equal(bench.claimed.length, claims)
      assert.deepEqual(await bench.queue.jobs(), [])
    })

    test('that stops while a job is handed over gives it back, and no try is lost', async () => {
      await using bench = await withJobs(() => undefined)
      const worker = bench.queue.worker({ memory: 0, tries: 1 })
      const running = worker.run()
      await eventually(() => bench.exchanges.length > 0)

      await Promise.all([bench.queue.dispatch(bench.job, 1), worker.stop()])
      const { processed } = await running
      const rest = await bench.queue.worker({ memory: 0, tries: 1, stopWhenEmpty: true }).run()

      assert.equal(processed + rest.processed, 1)
      assert.equal(await bench.queue.countFailed(), 0)
    })

    test('starts a delayed job when it is due, however long it sleeps', async () => {
      const { promise: ran, resolve } = Promise.withResolvers<void>()
      await using bench = await withJobs(() => resolve())
      const worker = bench.queue.worker({ memory: 0, sleep: 3_600 })
      const running = worker.run()

      await bench.queue.dispatch(bench.job, 1, { delay: 1 })
      await ran

      worker.stop()
      assert.equal((await running).processed, 1)
    })

    for (const [end, whenLost] of [
      ['throws', (error: unknown) => Promise.reject(error)],
      ['completes', () => Promise.resolve()],
    ] as const) {
      test(`goes on renewing a job that it lost and claimed again when the lost attempt ${end}`, async () => {
        const told: string[] = []
        const renewedSince: Reservation[] = []
        await using bench = await withJobs(async (_n, { signal }) => {
          if (bench.started.length === 1) {
            await bench.passTime(31)
            return wait(60_000, undefined, { signal }).catch(whenLost)
          }
          await eventually(() => renewedSince.length >= 3, 4)
        })
        const connection = wrappedConnection(bench.connection, {
          retryAfterSeconds: 2,
          // That the first reservation is held does not reach the database, so that it expires.
          renew: (reservations: readonly Reservation[]) => {
            const others = reservations.filter(({ attempts }) => attempts > 1)
            if (told.includes('leaseLost')) renewedSince.push(...others)
            return bench.connection.renew(others)
          },
        } satisfies Partial<Connection>)
        const queue = createQueue({ connection, jobs: [bench.job] })
        for (const event of ['leaseLost', 'jobProcessed', 'jobFailed'] as const) queue.on(event, () => told.push(event))
        await queue.dispatch(bench.job, 1)

        await queue.worker({ memory: 0, concurrency: 2, maxJobs: 2, timeout: 5, sleep: 0.05 }).run()

        assert.deepEqual(told, ['leaseLost', 'jobProcessed'])
        assert.deepEqual(await queue.jobs(), [])
      })
    }

    test('tells of a job once when both its attempts end at the same moment', async () => {
      const told: string[] = []
      const secondRuns = Promise.withResolvers<void>()
      await using bench = await withJobs(async () => {
        if (bench.started.length > 1) return secondRuns.resolve()
        await bench.passTime(31)
        await secondRuns.promise
      })
      for (const event of ['leaseLost', 'jobProcessed'] as const) bench.queue.on(event, () => told.push(event))
      await bench.queue.dispatch(bench.job, 1)

      await bench.queue.worker({ memory: 0, concurrency: 2, maxJobs: 2, timeout: 5, sleep: 0.05 }).run()

      assert.deepEqual(told.sort(), ['jobProcessed', 'leaseLost'])
      assert.deepEqual(await bench.queue.jobs(), [])
    })

    test('told to stop at once reaches a job that it claimed again after the lost attempt ended', async () => {
      const reasons: string[] = []
      await using bench = await withJobs(async (_n, { signal }) => {
        if (bench.started.length === 1) await bench.passTime(31)
        await wait(60_000, undefined, { signal }).catch(() => undefined)
        reasons.push(signal.reason.name)
      })
      await bench.queue.dispatch(bench.job, 1)
      const worker = bench.queue.worker({ memory: 0, concurrency: 2, timeout: 5, sleep: 0.05 })
      // Once everything of the lost attempt is over.
      bench.queue.on('leaseLost', () => void setImmediate(() => worker.stopNow()))

      await worker.run()

      assert.deepEqual(reasons, ['LeaseLostError', 'WorkerStoppedError'])
    })

    async function withJobs(
      handler: (n: number, context: JobContext) => Promise<void> | void,
      own: Partial<Connection> = {},
    ) {
      const opened = await kind.open()
      const started: number[] = []
      const exchanges: number[] = []
      const claimed: ClaimedJob[] = []
      let lastFound: number | undefined
      const connection = wrappedConnection(opened.connection, {
        exchange: async (completed: readonly Reservation[], request: ClaimRequest) => {
          exchanges.push(request.limit)
          lastFound = undefined
          const exchange = await opened.connection.exchange(completed, request)
          claimed.push(...exchange.claimed)
          lastFound = exchange.claimed.length
          return exchange
        },
        ...own,
      } satisfies Partial<Connection>)
      const job = defineJob<number>('Job', {}, (n, context) => {
        started.push(n)
        return handler(n, context)
      })
      const queue = createQueue({ connection, jobs: [job] })
      return {
        queue,
        job,
        connection,
        opened: opened.connection,
        started,
        exchanges,
        claimed,
        /** Jobs that the last look found; undefined while one is under way. */
        lastFound: () => lastFound,
        passTime: opened.passTime,
        push: (count: number) =>
          queue.pushMany(
            job,
            Array.from({ length: count }, (_, n) => n + 1),
          ),
        [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
      }
    }
  })
}

function standStill(ms: number): void {
  const until = performance.now() + ms
  while (performance.now() < until);
}
