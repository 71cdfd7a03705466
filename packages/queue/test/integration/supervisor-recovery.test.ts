import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isAlive } from '../chaos/harness/process-tree.ts'
import { eventually } from '../support/eventually.ts'
import { type PushedJob, SupervisedQueue } from '../support/supervised-queue.ts'

const longReservation = 3_600

describe('what a worker held whose processes were all killed', { concurrency: true }, () => {
  for (const words of [['--stop-when-empty'], []]) {
    test(`is given back by the next one on the host at once: queue:work ${words.join(' ')}`, async () => {
      await using queue = await SupervisedQueue.open(longReservation)
      const job = await queue.push({ ms: 1_500 }, { tries: 1 })
      const killed = queue.work()
      await killed.until(() => job.starts() > 0)
      await killed.kill()

      const next = queue.work(words)
      await eventually(() => queue.entries('done').length === 1, 60)

      assert.equal(job.starts(), 2)
      // The other one ends by itself.
      if (words.length === 0) next.signal('SIGTERM')
      assert.equal(await next.exited, 0)
      assert.deepEqual(queue.records(), [])
    })
  }

  test('is not, when its reservations are over: their names may be those of other jobs by then', async () => {
    await using queue = await SupervisedQueue.open(2)
    const job = await queue.push({ ms: 500 }, { tries: 1 })
    const killed = queue.work()
    await killed.until(() => job.starts() > 0)
    await killed.kill()
    await eventually(() => queue.read('select 1 from jobs where reserved_at <= unixepoch() - 4').length > 0)

    await queue.work(['--stop-when-empty']).ended

    assert.deepEqual([job.starts(), queue.entries('done').length], [2, 1])
    assert.deepEqual(queue.records(), [])
  })
})

test('a process without a parent whose job never ends is ended by the next worker of the host', async () => {
  await using queue = await SupervisedQueue.open(longReservation)
  const job = await queue.push({ harm: 'endless-loop' }, { tries: 1, timeout: 1 })
  const killed = queue.work()
  await killed.until(() => job.starts() > 0)
  const orphan = await killed.runner()
  killed.signal('SIGKILL')
  await killed.exited

  const next = queue.work()
  await eventually(() => !isAlive(orphan), 60)
  await eventually(async () => (await queue.failureOf(job)) !== undefined, 60)

  assert.equal(job.starts(), 2)
  next.signal('SIGTERM')
  assert.equal(await next.exited, 0)
})

describe('a process without a parent', { concurrency: true }, () => {
  test('keeps its slot while it works, also when the lease of its parent is over', async () => {
    await using queue = await SupervisedQueue.open()
    const current = await queue.push({ ms: 3_600_000 }, { timeout: 0 })
    const orphan = await killParentOf(queue, current)
    const next = await queue.push()

    queue.endLeases()
    const { code } = await queue.work(['--stop-when-empty']).ended

    assert.deepEqual([code, next.starts(), isAlive(orphan)], [0, 0, true])
  })

  test('does not keep it when its job goes on after its timeout', async () => {
    await using queue = await SupervisedQueue.open()
    const job = await queue.push({ harm: 'endless-loop' }, { timeout: 1, tries: 1 })
    const orphan = await killParentOf(queue, job)
    queue.endLeases()

    await eventually(async () => {
      await queue.work(['--stop-when-empty']).ended
      return !isAlive(orphan)
    }, 60)
  })
})

test('a job that computes for longer than its reservation lasts is run by nobody else', async () => {
  await using queue = await SupervisedQueue.open(2)
  const job = await queue.push({ blockMs: 8_000 }, { tries: 1 })
  const worker = queue.work()
  await worker.until(() => job.starts() > 0)
  queue.work(['--sleep=0.05'])

  await worker.until(() => queue.entries('done').length > 0)

  assert.deepEqual([job.starts(), queue.entries('done').length, await queue.failureOf(job)], [1, 1, undefined])
})

/** Starts a worker as cron does, and kills its parent in the middle of the job; answers who runs on. */
async function killParentOf(queue: SupervisedQueue, job: PushedJob): Promise<number> {
  const worker = queue.work(['--stop-when-empty'])
  const runner = await worker.runner()
  await worker.until(() => job.starts() > 0)
  await worker.until(() => queue.read('select owner from queue_slots').some(({ owner }) => isForRunner(String(owner))))
  worker.signal('SIGKILL')
  await worker.exited
  return runner
}

/** A random text, the parent, the runner. */
function isForRunner(owner: string): boolean {
  return owner.split(' ').length === 3
}
