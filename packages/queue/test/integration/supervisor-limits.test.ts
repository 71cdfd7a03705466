import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { SupervisedQueue } from '../support/supervised-queue.ts'

const harmful = { harm: 'exit-1' } as const

describe('a worker with a limit', { concurrency: true }, () => {
  test('on jobs has begun exactly so many, in however many processes', async () => {
    await using queue = await SupervisedQueue.open()
    for (const data of [{}, {}, harmful, {}, harmful, {}, {}, {}, {}, {}]) await queue.push(data)

    const { code } = await queue.work(['--max-jobs=7']).ended

    const starts = queue.entries('start')
    // One that had ended right before its process did may have been begun again.
    const begun = new Set(starts.map(({ uuid }) => uuid)).size
    assert.deepEqual([code, starts.length, begun + (await queue.queue.jobs()).length], [0, 7, 10])
  })

  test('on jobs lets each of its processes have so many', async () => {
    await using queue = await SupervisedQueue.open()
    for (let number = 0; number < 10; number += 1) await queue.push({ ms: 500 })

    const { code } = await queue.work(['--max-jobs=3', '--max-workers=2']).ended

    const pids = Map.groupBy(queue.entries('start'), ({ pid }) => pid)
    assert.deepEqual([code, [...pids.values()].map(({ length }) => length)], [0, [3, 3]])
  })

  test('on its time starts no other process when that is over', async () => {
    await using queue = await SupervisedQueue.open()
    await queue.push({ ...harmful, ms: 1_500 })
    const next = await queue.push()

    const { code } = await queue.work(['--max-time=1']).ended

    assert.deepEqual([code, next.starts()], [0, 0])
  })

  test('on memory ends with 12, also the processes that have taken less: whoever keeps it running starts it anew', async () => {
    await using queue = await SupervisedQueue.open()
    await queue.push({ harm: 'grows' })

    const { code } = await queue.work(['--memory=200', '--max-workers=2']).ended

    assert.deepEqual([code, await queue.isEmpty()], [12, true])
  })
})

describe('a worker for one job', { concurrency: true }, () => {
  test('ends with 0 after it', async () => {
    await using queue = await SupervisedQueue.open()
    await Promise.all([queue.push(), queue.push()])

    const { code } = await queue.work(['--once']).ended

    assert.deepEqual([code, queue.entries('start').length], [0, 1])
  })

  for (const harm of ['exit-0', 'throw-much-later', 'endless-loop', 'changes-umask'] as const) {
    const code = harm === 'throw-much-later' ? 0 : 1
    test(`ends with ${code} when that does ${harm}, and has recorded it`, async () => {
      await using queue = await SupervisedQueue.open()
      await queue.push({ harm }, { timeout: 1 })
      const next = await queue.push()

      const ended = await queue.work(['--once']).ended

      assert.deepEqual([ended.code, next.starts(), await queue.queue.countFailed()], [code, 0, 1], ended.errors)
    })
  }
})

test('a worker ends with the code of the last of its processes', async () => {
  await using queue = await SupervisedQueue.open()
  await queue.push(harmful)
  await queue.push()

  const { code, errors } = await queue.work(['--stop-when-empty']).ended

  assert.equal(code, 0, errors)
})
