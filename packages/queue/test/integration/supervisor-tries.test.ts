import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { LedgerEntry } from '../chaos/harness/ledger.ts'
import { type PushedJob, SupervisedQueue } from '../support/supervised-queue.ts'

const untilEmpty = ['--stop-when-empty']
const four = ['--stop-when-empty', '--concurrency=4']

describe('a job that ends its process', { concurrency: true }, () => {
  test('is tried again as often as it may, and completes when it does no harm any more', async () => {
    await using queue = await SupervisedQueue.open()
    const job = await queue.push({ harm: 'exit-1', upToTry: 1 }, { tries: 2 })

    assert.equal((await queue.work(untilEmpty).ended).code, 0)

    assert.deepEqual([job.starts(), await queue.failureOf(job), await queue.isEmpty()], [2, undefined, true])
    assert.deepEqual(attemptsOf(queue, job), [1, 2])
  })

  test('waits before its next try as long as its backoff says', async () => {
    await using queue = await SupervisedQueue.open()
    const job = await queue.push({ harm: 'exit-1', upToTry: 1 }, { tries: 2, backoff: 3600 })

    await queue.work(untilEmpty).ended

    assert.equal(job.starts(), 1)
    const [row] = queue.read('select available_at - unixepoch() as seconds, attempts, reserved_at from jobs')
    assert.ok(Number(row?.seconds) > 3500, JSON.stringify(row))
    assert.deepEqual([row?.attempts, row?.reserved_at], [1, null])
  })

  test('fails for it when its tries are used up', async () => {
    await using queue = await SupervisedQueue.open()
    const job = await queue.push({ harm: 'segfault' }, { tries: 2 })

    await queue.work(untilEmpty).ended

    assert.equal(job.starts(), 2)
    assert.match((await queue.failureOf(job)) ?? '', /^JobCrashedError: .* signal SIGSEGV/)
  })

  test('fails after the third time, however many tries it has', async () => {
    await using queue = await SupervisedQueue.open()
    const job = await queue.push({ harm: 'exit-0' }, { tries: 10 })

    await queue.work(untilEmpty).ended

    assert.equal(job.starts(), 3)
    assert.match((await queue.failureOf(job)) ?? '', /^JobCrashedError: .* exit code 0/)
  })

  test('costs no try when it is only killed from outside, as the system does that lacks memory', async () => {
    await using queue = await SupervisedQueue.open()
    const job = await queue.push({ harm: 'kill-9', upToTry: 1 }, { tries: 1 })
    const worker = queue.work()
    await worker.until(() => job.starts() >= 3)

    assert.deepEqual(new Set(attemptsOf(queue, job)), new Set([1]))
    assert.equal(await queue.failureOf(job), undefined)
  })
})

describe('a job that is killed for its timeout', { concurrency: true }, () => {
  test('has had a try, and others left', async () => {
    await using queue = await SupervisedQueue.open()
    const job = await queue.push({ harm: 'endless-loop', upToTry: 1 }, { tries: 2, timeout: 1 })

    await queue.work(untilEmpty).ended

    assert.deepEqual([job.starts(), await queue.failureOf(job), await queue.isEmpty()], [2, undefined, true])
  })

  test('costs those that run beside it no try: they run again in another process', async () => {
    await using queue = await SupervisedQueue.open()
    const hanging = await queue.push({ ms: 500, harm: 'endless-loop' }, { timeout: 1 })
    const neighbours = await pushNeighbours(queue, { ms: 2_000 })

    await queue.work(four).ended

    assert.match((await queue.failureOf(hanging)) ?? '', /^JobTimeoutError/)
    assert.deepEqual([hanging.starts(), ...neighbours.map((job) => job.starts())], [1, 2, 2, 2])
    await completed(queue, neighbours)
  })

  test('does not go on until those beside it have ended, when it ignores its signal', async () => {
    await using queue = await SupervisedQueue.open()
    const stuck = await queue.push({ harm: 'never-ends' }, { timeout: 1 })
    const neighbours = await pushNeighbours(queue, { ms: 8_000 })

    await queue.work(four).ended

    assert.match((await queue.failureOf(stuck)) ?? '', /^JobTimeoutError/)
    assert.deepEqual([stuck.starts(), ...neighbours.map((job) => job.starts())], [1, 2, 2, 2])
    await completed(queue, neighbours)
  })
})

describe('when several jobs run in the process that one of them has ended', { concurrency: true }, () => {
  test('each of them is run alone, and only the guilty one fails', async () => {
    await using queue = await SupervisedQueue.open()
    const guilty = await queue.push({ ms: 500, harm: 'segfault' })
    const neighbours = await pushNeighbours(queue, { ms: 800 })

    await queue.work(four).ended

    assert.match((await queue.failureOf(guilty)) ?? '', /^JobCrashedError: .* SIGSEGV/)
    assert.deepEqual([guilty.starts(), ...neighbours.map((job) => job.starts())], [2, 2, 2, 2])
    await completed(queue, neighbours)
    assert.equal(mostAtOnce(queue.entries('start').slice(4), queue), 1)
  })

  test('it is known which one it was that asked the process to exit', async () => {
    await using queue = await SupervisedQueue.open()
    const guilty = await queue.push({ ms: 500, harm: 'exit-1' })
    const neighbours = await pushNeighbours(queue, { ms: 1_500 })

    await queue.work(four).ended

    assert.match((await queue.failureOf(guilty)) ?? '', /^JobCrashedError: .* exit code 1/)
    assert.deepEqual([guilty.starts(), ...neighbours.map((job) => job.starts())], [1, 2, 2, 2])
    await completed(queue, neighbours)
    // Nobody suspects them.
    assert.equal(mostAtOnce(queue.entries('start').slice(4), queue), 3)
  })

  test('it is known which one threw what nobody caught, and the others come to their end', async () => {
    await using queue = await SupervisedQueue.open()
    const guilty = await queue.push({ ms: 300, harm: 'throw-later' })
    const neighbours = await pushNeighbours(queue, { ms: 1_000 })

    await queue.work(four).ended

    assert.equal(await queue.failureOf(guilty), 'Error: thrown later')
    assert.deepEqual([guilty.starts(), ...neighbours.map((job) => job.starts())], [1, 1, 1, 1])
    await completed(queue, neighbours)
  })

  test('it is known which one changed the folder or the umask of the process, and nobody else sees it for long', async () => {
    for (const harm of ['changes-directory', 'changes-umask'] as const) {
      await using queue = await SupervisedQueue.open()
      const guilty = await queue.push({ ms: 300, harm })
      const neighbours = await pushNeighbours(queue, { ms: 1_000 })

      await queue.work(four).ended

      assert.match((await queue.failureOf(guilty)) ?? '', /^ProcessChangedError/)
      assert.deepEqual([guilty.starts(), ...neighbours.map((job) => job.starts())], [1, 1, 1, 1])
      await completed(queue, neighbours)
    }
  })
})

function attemptsOf(queue: SupervisedQueue, { uuid }: PushedJob): readonly number[] {
  return queue.entries('start').flatMap((entry) => (entry.uuid === uuid ? [entry.attempt] : []))
}

async function pushNeighbours(queue: SupervisedQueue, data: { readonly ms: number }): Promise<readonly PushedJob[]> {
  return [await queue.push(data), await queue.push(data), await queue.push(data)]
}

async function completed(queue: SupervisedQueue, jobs: readonly PushedJob[]): Promise<void> {
  const done = queue.entries('done').map(({ uuid }) => uuid)
  assert.ok(jobs.every(({ uuid }) => done.filter((each) => each === uuid).length === 1))
  assert.ok(await queue.isEmpty())
}

type Start = Pick<LedgerEntry, 't' | 'pid'> & { readonly uuid: string }

/** How many of these runs were under way at the same time. */
function mostAtOnce(starts: readonly Start[], queue: SupervisedQueue): number {
  const ends = queue.entries('end')
  const spans = starts.map(({ t: from, pid, uuid }) => ({
    from,
    to: ends.find((end) => end.pid === pid && end.uuid === uuid)?.t ?? from,
  }))
  return Math.max(...spans.map(({ from }) => spans.filter((span) => span.from <= from && from < span.to).length))
}

describe('what a job that ended its process does when it has failed', { concurrency: true }, () => {
  for (const hookHarm of ['exit-1', 'segfault', 'throw-later'] as const)
    test(`harms nobody who watches, and the next job runs: ${hookHarm}`, async () => {
      await using queue = await SupervisedQueue.open()
      const job = await queue.push({ harm: 'exit-1', hookHarm }, { tries: 1 })
      const next = await queue.push()

      const { code, errors } = await queue.work(untilEmpty).ended

      assert.deepEqual([code, job.starts(), next.starts(), await queue.isEmpty()], [0, 1, 1, true], errors)
      assert.match((await queue.failureOf(job)) ?? '', /^JobCrashedError: .* exit code 1/)
    })
})
