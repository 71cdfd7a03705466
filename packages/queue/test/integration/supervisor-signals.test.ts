import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { sharedNow } from '../../src/supervisor/record-format.ts'
import { readLive } from '../../src/supervisor/record-reader.ts'
import { isAlive, signalTo } from '../chaos/harness/process-tree.ts'
import { eventually } from '../support/eventually.ts'
import { type PushedJob, type Supervised, SupervisedQueue } from '../support/supervised-queue.ts'

describe('a worker that is told to stop', { concurrency: true }, () => {
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP'] as const) {
    test(`by ${signal} lets its job end and begins with no other`, async () => {
      await using queue = await SupervisedQueue.open()
      const [current, next] = [await queue.push({ ms: 1_500 }), await queue.push()]
      const worker = queue.work()
      await hasBegun(worker, current)

      worker.signal(signal)

      assert.equal(await worker.exited, 0)
      assert.deepEqual([current.starts(), next.starts()], [1, 0])
      assert.deepEqual(
        queue.entries('done').map(({ uuid }) => uuid),
        [current.uuid],
      )
      assert.deepEqual(
        { ...queue.read('select attempts, reserved_at from jobs')[0] },
        { attempts: 0, reserved_at: null },
      )
    })
  }

  test('by a service manager, which tells all its processes at once, does the same', async () => {
    await using queue = await SupervisedQueue.open()
    const job = await queue.push({ ms: 1_500 })
    const worker = queue.work()
    await hasBegun(worker, job)

    for (const pid of [...worker.children, worker.pid]) signalTo(pid, 'SIGTERM')

    assert.equal(await worker.exited, 0)
    assert.deepEqual([job.starts(), queue.entries('done').length], [1, 1])
  })

  test('twice ends its job at once: that was no try, and the job is there for the next worker', async () => {
    await using queue = await SupervisedQueue.open()
    const job = await queue.push({ ms: 3_600_000 }, { tries: 1, timeout: 0 })
    const worker = queue.work()
    await hasBegun(worker, job)

    worker.signal('SIGTERM')
    worker.signal('SIGINT')

    const { code, output } = await worker.ended
    assert.equal(code, 0)
    assert.match(output, /RUNNING\n.* RELEASED\n$/)
    await isForgiven(queue, job)
  })

  test('twice while its job hears nothing ends it as well', async () => {
    await using queue = await SupervisedQueue.open()
    const job = await queue.push({ harm: 'endless-loop' }, { tries: 1, timeout: 0 })
    const worker = queue.work()
    await hasBegun(worker, job)

    worker.signal('SIGTERM')
    worker.signal('SIGINT')

    assert.equal(await worker.exited, 0)
    await isForgiven(queue, job)
    assert.ok(!isAlive(queue.entries('start')[0]?.pid ?? 0))
  })

  test('once, while it ends because one of its processes has taken its memory, lets the jobs of the others end', async () => {
    await using queue = await SupervisedQueue.open()
    const long = await queue.push({ ms: 4_000 }, { tries: 1 })
    const worker = queue.work(['--memory=200', '--max-workers=2'])
    await hasBegun(worker, long)
    const greedy = await queue.push({ harm: 'grows' })
    await hasBegun(worker, greedy)
    await worker.until(() => worker.children.length === 1)

    worker.signal('SIGTERM')

    assert.equal(await worker.exited, 12)
    assert.deepEqual([long.starts(), queue.entries('done').some(({ uuid }) => uuid === long.uuid)], [1, true])
  })

  test('before it has come to work ends', async () => {
    await using queue = await SupervisedQueue.open()
    const worker = queue.work()
    await worker.runner()

    worker.signal('SIGTERM')

    assert.equal(await worker.exited, 0)
  })
})

describe('a worker that is told to pause', { concurrency: true }, () => {
  test('takes no job until it is told to go on, and neither does a process that takes the place of another', async () => {
    await using queue = await SupervisedQueue.open()
    const first = await queue.push()
    await finishes(queue, queue.work(['--stop-when-empty']), first)
    const paused = queue.work()
    await finishes(queue, paused, await queue.push())

    paused.signal('SIGUSR2')
    const runner = await paused.runner()
    signalTo(runner, 'SIGKILL')
    await eventually(() => paused.children.length === 1 && paused.children[0] !== runner)
    const jobs = await Promise.all(Array.from({ length: 10 }, () => queue.push({ ms: 200 })))
    await queue.work(['--stop-when-empty']).ended

    const family = paused.children
    assert.deepEqual(
      queue.entries('start').filter(({ uuid, pid }) => family.includes(pid) && jobs.some((job) => job.uuid === uuid)),
      [],
    )

    paused.signal('SIGCONT')
    await finishes(queue, paused, await queue.push())
  })

  test('stops all the same when it is told to', async () => {
    await using queue = await SupervisedQueue.open()
    const worker = queue.work()
    await finishes(queue, worker, await queue.push())

    worker.signal('SIGUSR2')
    worker.signal('SIGTERM')

    assert.equal(await worker.exited, 0)
  })
})

describe('a process that is stopped or killed from outside', { concurrency: true }, () => {
  test('is replaced at once, and its job runs again at no cost', async () => {
    await using queue = await SupervisedQueue.open(90)
    const job = await queue.push({ ms: 2_000 }, { tries: 1 })
    const worker = queue.work(['--stop-when-empty'])
    await hasBegun(worker, job)

    signalTo(await worker.runner(), 'SIGKILL')

    const { code, errors } = await worker.ended
    assert.deepEqual([code, job.starts(), queue.entries('done').length], [0, 2, 1])
    assert.match(errors, /^The process of the jobs ended: signal SIGKILL\./)
  })

  test('while it waits for jobs is replaced as often as that happens', async () => {
    await using queue = await SupervisedQueue.open()
    const worker = queue.work()
    await finishes(queue, worker, await queue.push())

    for (let times = 0; times < 6; times += 1) {
      signalTo(await worker.runner(), 'SIGKILL')
      await finishes(queue, worker, await queue.push())
    }

    worker.signal('SIGTERM')
    assert.equal(await worker.exited, 0)
  })

  test('when it stands still for longer than its reservations last is ended, and its job runs elsewhere', async () => {
    await using queue = await SupervisedQueue.open(2)
    const job = await queue.push({ ms: 2_000 }, { tries: 1 })
    const worker = queue.work(['--stop-when-empty'])
    await hasBegun(worker, job)

    signalTo(await worker.runner(), 'SIGSTOP')

    const { code, errors } = await worker.ended
    assert.deepEqual([code, job.starts(), queue.entries('done').length], [0, 2, 1])
    assert.match(errors, /a signal had stopped it for too long/)
  })

  test('while its job has time left, and goes on when that is over, has that time', async () => {
    await using queue = await SupervisedQueue.open()
    const job = await queue.push({ harm: 'works-in-steps' }, { tries: 1, timeout: 3 })
    const worker = queue.work(['--stop-when-empty'])
    await hasBegun(worker, job)
    const runner = await worker.runner()

    signalTo(runner, 'SIGSTOP')
    await worker.until(() => secondsOfRun(queue) > 5)
    signalTo(runner, 'SIGCONT')

    await worker.ended
    assert.equal(await queue.failureOf(job), undefined)
    assert.deepEqual([job.starts(), queue.entries('done').length], [1, 1])
  })

  test('has no more time when its job was computing: nobody had stopped it', async () => {
    await using queue = await SupervisedQueue.open()
    const job = await queue.push({ ms: 10, blockMs: 4_000, harm: 'works-in-steps' }, { tries: 1, timeout: 3 })

    await queue.work(['--stop-when-empty']).ended

    assert.match((await queue.failureOf(job)) ?? '', /^JobTimeoutError/)
    assert.equal(job.starts(), 1)
  })

  test('as the one that watches leaves nobody behind: what ran ends its job, and then itself', async () => {
    await using queue = await SupervisedQueue.open()
    const [current, next] = [await queue.push({ ms: 1_500 }), await queue.push()]
    const worker = queue.work()
    await hasBegun(worker, current)
    const runner = await worker.runner()

    worker.signal('SIGKILL')
    await eventually(() => !isAlive(runner))

    assert.deepEqual([current.starts(), next.starts()], [1, 0])
    assert.deepEqual(
      queue.entries('done').map(({ uuid }) => uuid),
      [current.uuid],
    )
  })
})

/** How long the one job that runs has been at it, by its record. */
function secondsOfRun(queue: SupervisedQueue): number {
  const [run] = queue.records().flatMap((name) => readLive(join(queue.recordFolder, name))?.runs ?? [])
  return run ? (sharedNow() - run.startedAt) / 1000 : 0
}

function hasBegun(worker: Supervised, job: PushedJob): Promise<void> {
  return worker.until(() => job.starts() > 0)
}

function finishes(queue: SupervisedQueue, worker: Supervised, { uuid }: PushedJob): Promise<void> {
  return worker.until(() => queue.entries('done').some((done) => done.uuid === uuid))
}

/** It is free, has not failed, and its next claim is its first try. */
async function isForgiven(queue: SupervisedQueue, job: PushedJob): Promise<void> {
  assert.equal(await queue.failureOf(job), undefined)
  const [row] = queue.read('select attempts - times as tries, reserved_at from jobs join queue_expired on job_id = id')
  assert.deepEqual({ ...row }, { tries: 0, reserved_at: null })
}
