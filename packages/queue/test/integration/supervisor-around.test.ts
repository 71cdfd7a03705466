import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { SupervisedQueue } from '../support/supervised-queue.ts'

describe('what a job does beside its handler', { concurrency: true }, () => {
  for (const harm of ['never-ends', 'endless-loop'] as const) {
    test(`is ended at its timeout: its schema does ${harm}`, async () => {
      await using queue = await SupervisedQueue.open()
      const job = await queue.push({ harm, in: 'schema' }, { timeout: 1, tries: 1 })
      const other = await queue.push()

      const { code } = await queue.work(['--stop-when-empty']).ended

      assert.match(String(await queue.failureOf(job)), /^JobTimeoutError: /)
      assert.deepEqual([code, job.starts(), other.starts(), await queue.isEmpty()], [0, 0, 1, true])
    })
  }

  test('counts as a crash of the job: its schema ends the process', async () => {
    await using queue = await SupervisedQueue.open()
    const job = await queue.push({ harm: 'exit-0', in: 'schema' }, { tries: 9 })
    const other = await queue.push()

    const { code } = await queue.work(['--stop-when-empty']).ended

    assert.match(String(await queue.failureOf(job)), /^JobCrashedError: .* exit code 0\./)
    assert.deepEqual([code, other.starts(), await queue.isEmpty()], [0, 1, true])
  })

  test('is ended when it takes too long, and the failure stays: its hook loops for ever', async () => {
    await using queue = await SupervisedQueue.open()
    const job = await queue.push({ harm: 'endless-loop', in: 'hook' }, { tries: 1 })
    const other = await queue.push()

    const { code } = await queue.work(['--stop-when-empty']).ended

    assert.match(String(await queue.failureOf(job)), /^Error: its hook comes next/)
    assert.deepEqual([code, job.starts(), other.starts(), await queue.isEmpty()], [0, 1, 1, true])
  })

  test('has its time to the end when the handler does not heed its timeout', async () => {
    await using queue = await SupervisedQueue.open()
    const data = { harm: 'never-ends', hookHarm: 'throws-in-two-seconds' } as const
    const job = await queue.push(data, { tries: 1, timeout: 1 })

    const { code } = await queue.work(['--stop-when-empty']).ended

    const errors = queue.entries('worker-error').map(({ error }) => error)
    assert.match(String(await queue.failureOf(job)), /^JobTimeoutError/)
    assert.deepEqual([code, errors], [0, ['Error: thrown after two seconds']])
  })
})

test('a job that has ended is not taken for late while another one computes', async () => {
  await using queue = await SupervisedQueue.open()
  const ended = await queue.push({ ms: 500 }, { timeout: 1, tries: 1 })
  const computing = await queue.push({ ms: 400, harm: 'computes-behind-others' }, { timeout: 60, tries: 1 })

  const { code } = await queue.work(['--stop-when-empty', '--concurrency=2']).ended

  assert.deepEqual([await queue.failureOf(ended), await queue.failureOf(computing)], [undefined, undefined])
  assert.deepEqual([code, ended.starts(), computing.starts(), await queue.isEmpty()], [0, 1, 1, true])
})
