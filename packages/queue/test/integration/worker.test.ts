import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { ClaimedJob, ClaimRequest, Connection, NewFailure, Reservation, Waiting } from '../../src/connection.ts'
import { sqlite as connect } from '../../src/connections/sqlite.ts'
import {
  createQueue,
  DatabaseUnusableError,
  defineJob,
  type JobContext,
  type JobDefinition,
  type JobOptions,
  PermanentError,
  type Queue,
} from '../../src/index.ts'
import { connectionKinds, type OpenedConnection, workedKinds } from '../support/connections.ts'
import { eventually } from '../support/eventually.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { wrappedConnection } from '../support/wrapped-connection.ts'

const sqlite = connectionKinds.find((kind) => kind.name === 'sqlite')
assert.ok(sqlite)
const { open } = sqlite

interface Run extends AsyncDisposable {
  readonly queue: Queue
  readonly opened: OpenedConnection
  readonly attempts: number[]
  readonly job: JobDefinition<string>
  readonly push: (data?: string) => Promise<unknown>
}

/** A queue with one job whose handler is the test's. */
async function withJob(
  options: JobOptions,
  handler: (data: string, context: JobContext) => Promise<void> | void,
  openOther = open,
): Promise<Run> {
  const opened = await openOther()
  const attempts: number[] = []
  const job = defineJob<string>('Job', options, (data, context) => {
    attempts.push(context.attempt)
    return handler(data, context)
  })
  const queue = createQueue({ connection: opened.connection, jobs: [job] })
  return {
    queue,
    opened,
    attempts,
    job,
    push: (data = 'data') => queue.dispatch(job, data),
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  }
}

const drain = (queue: Queue) => queue.worker({ stopWhenEmpty: true }).run()

describe('a job that throws', () => {
  test('runs its tries with backoff, then stands once in failed_jobs with the stack', async () => {
    await using run = await withJob({ tries: 3, backoff: [10, 20] }, () => {
      throw new TypeError('no hay precio')
    })
    await run.push()

    await drain(run.queue)
    assert.deepEqual(run.attempts, [1])
    await run.opened.passTime(9)
    await drain(run.queue)
    assert.deepEqual(run.attempts, [1])
    await run.opened.passTime(2)
    await drain(run.queue)
    assert.deepEqual(run.attempts, [1, 2])
    await run.opened.passTime(21)
    await drain(run.queue)

    assert.deepEqual(run.attempts, [1, 2, 3])
    const [failed, ...others] = await run.queue.failed()
    assert.match(failed?.exception ?? '', /^TypeError: no hay precio\n\s+at .*worker\.test\.ts/)
    assert.deepEqual(others, [])
    assert.deepEqual(await run.queue.jobs(), [])
  })

  test('is retried with the same uuid and all its tries', async () => {
    await using run = await withJob({ tries: 2 }, () => {
      throw new Error('no')
    })
    await run.push()
    await drain(run.queue)
    const [before] = await run.queue.failed()

    assert.equal(await run.queue.retryAll(), 1)
    await drain(run.queue)

    const [after] = await run.queue.failed()
    assert.equal(after?.uuid, before?.uuid)
    assert.deepEqual(run.attempts, [1, 2, 1, 2])
  })

  test('fails at once when it says that another try cannot help', async () => {
    await using run = await withJob({ tries: 50 }, () => {
      throw new PermanentError('La tienda 7 no existe.')
    })
    await run.push()

    await drain(run.queue)

    assert.deepEqual(run.attempts, [1])
    assert.equal(await run.queue.countFailed(), 1)
  })

  test('tells its definition after it has failed, and an error there changes nothing', async () => {
    const told: unknown[] = []
    await using run = await withJob(
      {
        onFailed: (data, error, job) => {
          told.push([data, String(error), job.name])
          throw new Error('in the hook')
        },
      },
      () => {
        throw new Error('no')
      },
    )
    await run.push('x')

    await drain(run.queue)

    assert.deepEqual(told, [['x', 'Error: no', 'Job']])
    assert.equal(await run.queue.countFailed(), 1)
  })
})

test('the job as dispatched beats the worker, and the worker counts when it says nothing', async () => {
  await using run = await withJob({}, () => {
    throw new Error('no')
  })
  await run.push()

  await run.queue.worker({ stopWhenEmpty: true, tries: 3 }).run()

  assert.deepEqual(run.attempts, [1, 2, 3])
})

test('a job whose worker died runs again, however few its tries', async () => {
  await using run = await withJob({ tries: 1 }, () => undefined)
  await run.push()
  await run.opened.connection.claim({ queues: ['default'], limit: 1 })
  await run.opened.passTime(31)

  await drain(run.queue)

  assert.deepEqual([run.attempts, await run.queue.countFailed()], [[1], 0])
})

test('a job that was there whenever one of fifty workers died fails without running', async () => {
  await using run = await withJob({ tries: 1 }, () => undefined)
  await run.push()
  for (let death = 0; death <= 50; death += 1) {
    assert.equal((await run.opened.connection.claim({ queues: ['default'], limit: 1 })).length, 1)
    await run.opened.passTime(31)
  }

  await drain(run.queue)

  assert.deepEqual(run.attempts, [])
  assert.match(
    (await run.queue.failed())[0]?.exception ?? '',
    /^MaxAttemptsExceededError: Job has been attempted too many times/,
  )
})

test('a job that nobody can run, and a payload that is no JSON, fail with the reason', async () => {
  await using run = await withJob({}, () => undefined)
  await run.queue.push('App\\Jobs\\Unknown', {})
  await run.opened.connection.push([{ queue: 'default', payload: '{"cut', due: { inSeconds: 0 } }])

  await drain(run.queue)

  const exceptions = (await run.queue.failed()).map(({ exception }) => exception.split('\n')[0])
  assert.deepEqual(exceptions, [
    'InvalidPayloadError: The payload cannot be used: it is not JSON.',
    `UnknownJobError: No handler is registered for "App\\\\Jobs\\\\Unknown". Add its definition to createQueue({ jobs }); if PHP runs it, set unknownJobs: 'leave' (QUEUE_UNKNOWN_JOBS=leave). Then retry.`,
  ])
})

test('a released job comes back after its delay and the attempt counts', async () => {
  await using run = await withJob({ tries: 5 }, (_data, context) => {
    if (context.attempt === 1) context.release(30)
  })
  await run.push()

  await drain(run.queue)
  assert.deepEqual(await run.queue.size(), { pending: 0, delayed: 1, reserved: 0 })
  await run.opened.passTime(31)
  await drain(run.queue)

  assert.deepEqual(run.attempts, [1, 2])
  assert.deepEqual(await run.queue.jobs(), [])
})

test('at its timeout the signal is aborted and the attempt fails with the timeout', async () => {
  await using run = await withJob({ tries: 1, timeout: 1 }, async (_data, { signal }) => {
    await wait(60_000, undefined, { signal })
  })
  await run.push()

  const result = await drain(run.queue)

  assert.equal(result.exitCode, 0)
  assert.match((await run.queue.failed())[0]?.exception ?? '', /^JobTimeoutError: Job has timed out after 1 seconds/)
})

test('a handler that ignores its timeout is given up and the worker ends with 1', async () => {
  await using run = await withJob({ tries: 1, timeout: 1 }, () => new Promise(() => undefined))
  await run.push()
  await run.push()

  const result = await drain(run.queue)

  assert.deepEqual([result.reason, result.exitCode, result.processed], ['timed_out', 1, 1])
  assert.equal((await run.queue.size()).pending, 1)
})

test('a worker that lost its reservation writes nothing and its handler is told', async () => {
  const reasons: unknown[] = []
  await using run = await withJob({ tries: 9 }, async (_data, context) => {
    await run.opened.passTime(31)
    await run.opened.connection.claim({ queues: ['default'], limit: 1 })
    await assert.rejects(context.renew(), { code: 'LEASE_LOST' })
    reasons.push(context.signal.reason.code)
  })
  const lost: unknown[] = []
  run.queue.on('leaseLost', (info) => lost.push(info.attempt))
  await run.push()

  await run.queue.worker({ once: true }).run()

  assert.deepEqual([reasons, lost], [['LEASE_LOST'], [1]])
  const [stored] = await run.queue.jobs()
  assert.equal(stored?.attempts, 2)
})

test('the reservation is renewed while the handler runs', async () => {
  const { promise: renewed, resolve } = Promise.withResolvers<void>()
  await using opened = await open()
  const connection = wrappedConnection(opened.connection, {
    retryAfterSeconds: 2,
    renew: async (reservations: readonly Reservation[]) => {
      const lost = await opened.connection.renew(reservations)
      if (lost.length === 0) resolve()
      return lost
    },
  })
  const job = defineJob('Long', {}, () => renewed)
  const queue = createQueue({ connection, jobs: [job] })
  await queue.dispatch(job, undefined)

  const result = await queue.worker({ once: true }).run()

  assert.equal(result.processed, 1)
  assert.deepEqual(await queue.jobs(), [])
})

test('a job that is unique until it begins leaves the lock to the next one when its process ends', async () => {
  await using opened = await open()
  let claimed: ClaimedJob | undefined
  const connection = wrappedConnection(opened.connection, {
    exchange: async (completed: readonly Reservation[], request: ClaimRequest) => {
      const exchange = await opened.connection.exchange(completed, request)
      claimed ??= exchange.claimed[0]
      return exchange
    },
  } satisfies Partial<Connection>)
  const job = defineJob('Unique', { tries: 1, unique: { untilProcessing: true } }, async () => {
    await queue.dispatch(job, undefined)
    assert.ok(claimed)
    const end = { kind: 'crashed', cause: 'exit code 1' } as const
    await queue.supervision.settleCulprit({ reservation: claimed, durationMs: 1, end }, {})
  })
  const queue = createQueue({ connection, jobs: [job] })
  await queue.dispatch(job, undefined)

  await queue.worker({ memory: 0, once: true }).run()

  assert.equal(await queue.countFailed(), 1)
  assert.equal((await queue.dispatch(job, undefined)).isSkipped, true)
})

test('a failure is not told of when it was not written and another worker has the job by now', async () => {
  const told: string[] = []
  await using opened = await open()
  let tries = 0
  const connection = wrappedConnection(opened.connection, {
    fail: async () => {
      tries += 1
      if (tries === 1) throw new DatabaseUnusableError('queue', 'unreachable')
      return false
    },
  } satisfies Partial<Connection>)
  const onFailed = () => void told.push('onFailed')
  const job = defineJob('Failing', { tries: 1, onFailed }, () => Promise.reject(new Error('no stock')))
  const queue = createQueue({ connection, jobs: [job] })
  for (const event of ['leaseLost', 'jobFailed'] as const) queue.on(event, () => told.push(event))
  await queue.dispatch(job, undefined)

  await queue.worker({ memory: 0, once: true }).run()

  assert.deepEqual([tries, told], [2, ['leaseLost']])
})

test('a worker ends after the failure of a job that threw after its end is written', async () => {
  const told: string[] = []
  await using opened = await open()
  let claimed: ClaimedJob | undefined
  const slowly = async <T>(write: Promise<T>) => {
    await wait(100)
    return write.finally(() => told.push('recorded'))
  }
  const connection = wrappedConnection(opened.connection, {
    exchange: async (completed: readonly Reservation[], request: ClaimRequest) => {
      const exchange = await opened.connection.exchange(completed, request)
      claimed ??= exchange.claimed[0]
      return exchange
    },
    fail: (reservation: Reservation, failure: NewFailure) => slowly(opened.connection.fail(reservation, failure)),
    recordFailure: (failure: NewFailure) => slowly(opened.connection.recordFailure(failure)),
  } satisfies Partial<Connection>)
  const job = defineJob('Late', {}, () => {
    setImmediate(() => void worker.crash(new Error('nobody heard'), claimed))
  })
  const queue = createQueue({ connection, jobs: [job] })
  const worker = queue.worker({ memory: 0 })
  await queue.dispatch(job, undefined)

  const { reason } = await worker.run()
  told.push('ended')

  assert.deepEqual([reason, told], ['crashed', ['recorded', 'ended']])
  assert.match(String((await queue.failed())[0]?.exception), /^Error: nobody heard/)
})

describe('a worker stops', () => {
  test('when the queue is empty', async () => {
    await using run = await withJob({}, () => undefined)
    await run.push()
    await run.push()

    assert.deepEqual(await drain(run.queue), { reason: 'empty', processed: 2, exitCode: 0 })
  })

  test('when the queue is empty and not before, however many it claimed ahead', async () => {
    await using run = await withJob({}, () => undefined)
    const items = Array.from({ length: 3_000 }, () => 'x')
    await run.queue.pushMany(run.job, items)

    assert.deepEqual(await drain(run.queue), { reason: 'empty', processed: 3_000, exitCode: 0 })
    assert.deepEqual(
      run.attempts,
      Array.from(items, () => 1),
    )
  })

  test('after one job with once', async () => {
    await using run = await withJob({}, () => undefined)
    await run.push()
    await run.push()

    assert.deepEqual(await run.queue.worker({ once: true }).run(), { reason: 'once', processed: 1, exitCode: 0 })
    assert.equal((await run.queue.size()).pending, 1)
  })

  test('after one look at an empty queue with once', async () => {
    await using run = await withJob({}, () => undefined)

    assert.equal((await run.queue.worker({ once: true, sleep: 0.01 }).run()).reason, 'once')
  })

  test('after so many jobs', async () => {
    await using run = await withJob({}, () => undefined)
    for (let count = 0; count < 5; count += 1) await run.push()

    assert.deepEqual(await run.queue.worker({ maxJobs: 3 }).run(), { reason: 'max_jobs', processed: 3, exitCode: 0 })
  })

  test('after so many seconds', async () => {
    await using run = await withJob({}, () => undefined)

    assert.equal((await run.queue.worker({ maxTime: 1, sleep: 0.05 }).run()).reason, 'max_time')
  })

  test('over its memory, with 12 and after one job', async () => {
    await using run = await withJob({}, () => undefined)
    await run.push()
    await run.push()

    assert.deepEqual(await run.queue.worker({ memory: 1 }).run(), { reason: 'memory', processed: 1, exitCode: 12 })
  })

  test('when it is told, after its current job', async () => {
    await using run = await withJob({}, () => worker.stop())
    const worker = run.queue.worker()
    await run.push()
    await run.push()

    assert.deepEqual(await worker.run(), { reason: 'interrupted', processed: 1, exitCode: 0 })
    assert.equal((await run.queue.size()).pending, 1)
  })

  test('at once when it is told twice: the job goes back, and that was no try, even of a job that has one', async () => {
    await using run = await withJob({ tries: 1 }, async (_data, { signal }) => {
      if (run.attempts.length > 1) return
      worker.stopNow()
      await wait(60_000, undefined, { signal })
    })
    const worker = run.queue.worker()
    await run.push()

    assert.deepEqual(await worker.run(), { reason: 'interrupted', processed: 1, exitCode: 0 })
    await drain(run.queue)

    assert.deepEqual([run.attempts, await run.queue.countFailed(), await run.queue.jobs()], [[1, 1], 0, []])
  })

  test('between two jobs of a long backlog, because timers and signals get their turn', async () => {
    await using run = await withJob({}, (_data, { attempt }) => {
      if (run.attempts.length === attempt) setImmediate(() => worker.stop())
    })
    await run.queue.pushMany(
      run.job,
      Array.from({ length: 50 }, () => 'x'),
    )
    const worker = run.queue.worker({ stopWhenEmpty: true })

    const { processed, reason } = await worker.run()

    assert.equal(reason, 'interrupted')
    assert.ok(processed < 50, `${processed} jobs ran first`)
  })
})

describe('a database that fails for a moment', () => {
  test('while a job is acknowledged does not run the job again', async () => {
    await using run = await withJob({}, () => undefined)
    const connection = failingOnce(run.opened.connection, 'complete')
    const queue = createQueue({ connection, jobs: [run.job] })
    await run.push()

    await queue.worker({ once: true }).run()

    assert.deepEqual([run.attempts, await queue.jobs(), await queue.countFailed()], [[1], [], 0])
  })

  test('while a worker looks for jobs does not end the worker', async () => {
    await using run = await withJob({}, () => undefined)
    const queue = createQueue({ connection: failingOnce(run.opened.connection, 'exchange'), jobs: [run.job] })
    const errors: unknown[] = []
    queue.on('workerError', ({ error }) => errors.push(error))
    await run.push()

    const result = await queue.worker({ stopWhenEmpty: true, sleep: 0.01 }).run()

    assert.deepEqual([result.processed, result.reason, errors.length], [1, 'empty', 1])
  })

  test('does not keep a worker longer than its time', async () => {
    await using run = await withJob({}, () => undefined)
    const connection = wrappedConnection(run.opened.connection, {
      exchange: () => Promise.reject(new Error('the database is away')),
    })
    const queue = createQueue({ connection, jobs: [run.job] })
    queue.on('workerError', () => undefined)

    assert.equal((await queue.worker({ maxTime: 1 }).run()).reason, 'max_time')
  })

  test('is warned of when nobody listens, once while it stays the same', async (context) => {
    const warn = context.mock.method(process, 'emitWarning', () => undefined)
    await using run = await withJob({}, () => undefined)
    const connection = wrappedConnection(run.opened.connection, {
      exchange: () => Promise.reject(new Error('the database is away')),
    })

    await createQueue({ connection, jobs: [run.job] })
      .worker({ maxTime: 1 })
      .run()

    assert.deepEqual(
      warn.mock.calls.map((call) => call.arguments[0]),
      ['A worker goes on trying: the database is away'],
    )
  })

  test('while a job is handed over leaves a worker with a limit looking', async () => {
    const { promise: idle, resolve: isIdle } = Promise.withResolvers<void>()
    await using run = await withJob({}, () => undefined)
    const connection = wrappedConnection(run.opened.connection, {
      nextDue: () => {
        isIdle()
        return run.opened.connection.nextDue({ queues: ['default'] })
      },
      pushReserved: async () => {
        await run.opened.connection.push([{ queue: 'default', payload: payloadOf('Job'), due: { inSeconds: 0 } }])
        throw new Error('the database is away')
      },
    })
    const queue = createQueue({ connection, jobs: [run.job] })
    const running = queue.worker({ maxJobs: 1, sleep: 3_600 }).run()
    await idle

    await assert.rejects(queue.dispatch(run.job, 'x'), /away/)

    assert.equal((await running).processed, 1)
  })

  for (const kind of workedKinds) {
    test(`while it answers that a job has failed keeps one failure and tells of it once, on ${kind.name}`, async () => {
      const told: string[] = []
      const onFailed = (data: unknown) => void told.push(`onFailed ${data}`)
      const handler = () => Promise.reject(new Error('no'))
      await using run = await withJob({ onFailed }, handler, kind.open)
      const connection = wrappedConnection(run.opened.connection, {
        fail: async (reservation: Reservation, failure: NewFailure) => {
          const wasCurrent = await run.opened.connection.fail(reservation, failure)
          if (told.length === 0) throw new Error('read ECONNRESET')
          return wasCurrent
        },
      } satisfies Partial<Connection>)
      const queue = createQueue({ connection, jobs: [run.job] })
      queue.on('workerError', ({ error }) => told.push(String(error)))
      for (const event of ['jobFailed', 'jobReleased', 'leaseLost'] as const) queue.on(event, () => told.push(event))
      // No table holds this uuid, so each write brings a new one: only the reservation tells that it was done before.
      const payload = payloadOf('Job', 'ñ')
      await run.opened.connection.push([{ queue: 'default', payload, due: { inSeconds: 0 } }])

      await drain(queue)

      assert.deepEqual(told, ['Error: read ECONNRESET', 'onFailed x', 'jobFailed'])
      assert.deepEqual([await queue.countFailed(), await queue.jobs()], [1, []])
    })
  }

  test('makes a worker that looks once end with 1, because it cannot know', async () => {
    await using run = await withJob({}, () => undefined)
    const queue = createQueue({ connection: failingOnce(run.opened.connection, 'exchange'), jobs: [run.job] })

    const result = await queue.worker({ once: true, sleep: 0.01 }).run()

    assert.deepEqual([result.exitCode, result.reason], [1, 'lost_connection'])
  })
})

for (const seconds of [Number.NaN, -1, 0.5, Number.POSITIVE_INFINITY, 1e9]) {
  test(`releasing for ${seconds} seconds is refused and the job fails with the reason`, async () => {
    await using run = await withJob({}, (_data, context) => context.release(seconds))
    await run.push()

    await drain(run.queue)

    assert.match((await run.queue.failed())[0]?.exception ?? '', /^InvalidOptionError: release is /)
  })
}

test('whatever a handler throws, the job stands in failed_jobs', async () => {
  const hostile = [
    undefined,
    Object.create(null),
    { toString: () => assert.fail('no text') },
    Object.defineProperty(new Error('x'), 'message', { get: () => assert.fail('no message') }),
    Object.defineProperty(new Error('x'), 'cause', { get: () => new Error('again') }),
    Object.assign(new Error('x'), { stack: 7 }),
  ]
  await using run = await withJob({}, (index) => {
    throw hostile[Number(index)]
  })
  for (const index of hostile.keys()) await run.push(String(index))

  await drain(run.queue)

  assert.equal(await run.queue.countFailed(), hostile.length)
})

test('a payload whose timeout no timer could hold runs all the same', async () => {
  await using run = await withJob({}, (_data, { signal }) => signal.throwIfAborted())
  const payload = '{"uuid":"u","job":"Job","data":"x","timeout":1000000000000}'
  await run.opened.connection.push([{ queue: 'default', payload, due: { inSeconds: 0 } }])

  await drain(run.queue)

  assert.deepEqual([run.attempts, await run.queue.countFailed()], [[1], 0])
})

test('an idle worker of the same process starts a dispatched job at once', async () => {
  const { promise: ran, resolve } = Promise.withResolvers<void>()
  await using run = await withJob({}, () => resolve())
  const worker = run.queue.worker({ sleep: 3_600 })
  const running = worker.run()

  await run.push()
  await ran

  worker.stop()
  assert.equal((await running).processed, 1)
})

for (const [title, due] of [
  ['nothing is due', undefined],
  ['what is due cannot be claimed', 0],
] as const) {
  test(`a worker without a pause hears timers, signals and other processes while ${title}`, async () => {
    const { promise: ran, resolve } = Promise.withResolvers<void>()
    const job = defineJob('Job', {}, () => resolve())
    using folder = temporaryFolder()
    const path = join(folder.path, 'queue.sqlite')
    await using connection = connect(path)
    await connection.migrate()
    await using elsewhere = createQueue({ connection: connect(path), jobs: [job] })
    let looks = 0
    const nextDue = async (waiting: Waiting) => {
      looks += 1
      // SQLite answers on this thread: a worker that never let go of it would not let this test fail either.
      if (looks === 10_000) worker.stop()
      // On a server, 0 is the answer as long as another worker holds the row of a job that is due.
      return due ?? connection.nextDue(waiting)
    }
    const queue = createQueue({ connection: wrappedConnection(connection, { nextDue }), jobs: [job] })
    const worker = queue.worker({ sleep: 0 })
    const running = worker.run()

    await eventually(() => looks > 5)
    await elsewhere.dispatch(job, undefined)
    await Promise.race([ran, running])
    process.once('SIGHUP', () => worker.stop())
    process.kill(process.pid, 'SIGHUP')

    assert.deepEqual(await running, { reason: 'interrupted', processed: 1, exitCode: 0 })
  })
}

test('a listener that throws breaks neither the worker nor the other listeners', async (context) => {
  context.mock.method(process, 'emitWarning', () => undefined)
  await using run = await withJob({}, () => undefined)
  const heard: string[] = []
  run.queue.on('jobProcessed', () => {
    throw new Error('listener')
  })
  run.queue.on('jobProcessed', (info) => heard.push(info.name))
  await run.push()

  assert.equal((await drain(run.queue)).processed, 1)
  assert.deepEqual(heard, ['Job'])
})

for (const [title, options] of [
  ['negative tries', { tries: -1 }],
  ['a sleep of days', { sleep: 90_000 }],
  ['no queue', { queues: [] }],
  ['a queue that none can be', { queues: ['default', 'a,b'] }],
  ['more queues than it can ask for', { queues: Array.from({ length: 101 }, (_, n) => `queue ${n}`) }],
  ['more backoffs than tries', { backoff: Array.from({ length: 256 }, () => 1) }],
] as const) {
  test(`a worker with ${title} is refused`, async () => {
    await using run = await withJob({}, () => undefined)

    assert.throws(() => run.queue.worker(options), { code: 'INVALID_OPTION' })
  })
}

/** The connection, with one method that fails at its first call. */
function failingOnce(
  connection: OpenedConnection['connection'],
  method: 'exchange' | 'complete',
): OpenedConnection['connection'] {
  let hasFailed = false
  return wrappedConnection(connection, {
    [method]: (...values: unknown[]) => {
      if (hasFailed) return Reflect.apply(Reflect.get(connection, method), connection, values)
      hasFailed = true
      return Promise.reject(new Error('the database is away'))
    },
  })
}

test('closing a queue lets its workers end their jobs first', async () => {
  const { promise: release, resolve } = Promise.withResolvers<void>()
  const { promise: started, resolve: start } = Promise.withResolvers<void>()
  await using run = await withJob({}, () => {
    start()
    return release
  })
  const running = run.queue.worker().run()
  await run.push()
  await started

  const closing = run.queue.close()
  resolve()
  await closing

  assert.deepEqual([(await running).processed, (await running).reason], [1, 'interrupted'])
  await assert.rejects(run.queue.size(), { code: 'QUEUE_CLOSED' })
})

function payloadOf(name: string, uuid = 'u'): string {
  return JSON.stringify({ uuid, job: name, data: 'x' })
}
