import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { isAlive } from '../chaos/harness/process-tree.ts'
import type { HarmName } from '../support/supervised-program.ts'
import { type PushedJob, type Supervised, SupervisedQueue } from '../support/supervised-queue.ts'

/** What a job does to the process that it shares with others, and what its failure says. */
const causes = {
  'exit-0': /^JobCrashedError: harmful ended the process that it ran in: exit code 0\./,
  'exit-1': /^JobCrashedError: harmful ended the process that it ran in: exit code 1\./,
  abort: /^JobCrashedError: .*: signal SIGABRT\./,
  segfault: /^JobCrashedError: .*: signal SIGSEGV\./,
  buffers: /^JobCrashedError: .*: more than 512 MB of memory\./,
  heap: /^JobCrashedError: .*: more than 512 MB of memory\./,
  'endless-loop': /^JobTimeoutError: harmful has timed out after 1 seconds\.$/,
  'never-ends': /^JobTimeoutError: /,
  'sleep-in-shell': /^JobTimeoutError: /,
  'waits-atomically': /^JobTimeoutError: /,
  'regular-expression': /^JobTimeoutError: /,
  'leaves-a-child': /^JobTimeoutError: /,
  'stack-overflow': /^RangeError: Maximum call stack size exceeded$/,
  'closes-files': /^JobCrashedError: .*: signal SIGABRT\./,
  'cuts-itself-off': /^JobCrashedError: .*: it cut itself off from the process that watches over it\./,
  'changes-directory': /^ProcessChangedError: The job left the working directory /,
  'changes-umask': /^ProcessChangedError: The job left the umask /,
  'changes-prototype': /^ProcessChangedError: The job left keys in Object\.prototype/,
} as const satisfies Readonly<Partial<Record<HarmName, RegExp>>>

/** The same of jobs that have returned by then: that is told as long as their process lives, so no other may end it before. */
const lateCauses = {
  'throw-later': /^Error: thrown later$/,
  'throw-number-later': /^A value was thrown that is not an Error: 1$/,
  'throw-much-later': /^Error: thrown much later$/,
  'reject-unheard': /^Error: nobody heard$/,
} as const satisfies Readonly<Partial<Record<HarmName, RegExp>>>

/** What others may take for harm, and is none: these complete. */
const harmless = ['changes-environment', 'talks-to-the-parent'] as const satisfies readonly HarmName[]

function timesOut(harm: HarmName): boolean {
  return harm in causes && causes[harm as keyof typeof causes].source.includes('JobTimeoutError')
}

describe('among jobs that do no harm', () => {
  let queue: SupervisedQueue
  let worked: Awaited<Supervised['ended']>
  let parent: number
  const harmful = new Map<HarmName, PushedJob>()
  const neighbours: PushedJob[] = []

  before(async () => {
    queue = await SupervisedQueue.open()
    for (const harm of [...Object.keys(causes), ...harmless] as HarmName[]) {
      harmful.set(harm, await queue.push({ harm }, { timeout: timesOut(harm) ? 1 : 60 }))
      for (const ms of [0, 5]) neighbours.push(await queue.push({ ms }))
    }
    const started = queue.work(['--stop-when-empty', '--max-workers=3'])
    parent = started.pid
    worked = await started.ended
  })
  after(() => queue[Symbol.asyncDispose]())

  for (const [harm, cause] of Object.entries(causes)) {
    test(`the job that does ${harm} fails with its cause`, async () => {
      const job = harmful.get(harm as HarmName)
      assert.ok(job)

      assert.match((await queue.failureOf(job)) ?? 'it has not failed', cause)
      assert.equal(job.starts(), 1)
    })
  }

  for (const harm of harmless) {
    test(`the job that does ${harm} completes`, async () => {
      const job = harmful.get(harm)
      assert.ok(job)

      assert.deepEqual([await queue.failureOf(job), job.starts()], [undefined, 1])
    })
  }

  test('all others complete, none of them with a try too many', async () => {
    const told = queue.entries('done').map(({ uuid }) => uuid)

    assert.deepEqual(
      neighbours.filter(({ uuid }) => told.filter((each) => each === uuid).length !== 1),
      [],
    )
    assert.equal(await queue.queue.countFailed(), Object.keys(causes).length)
    assert.ok(await queue.isEmpty())
  })

  test('the process that watches stays the same to the end, and nothing is left of the others', () => {
    assert.equal(worked.code, 0, worked.errors)
    assert.equal(isAlive(parent), false)
    const left = queue.entries('start').filter(({ pid }) => isAlive(pid))
    assert.deepEqual(left, [])
    assert.doesNotMatch(worked.errors, /thrown|DeprecationWarning|at .*supervisor/)
  })
})

describe('when it has returned', { concurrency: 2 }, () => {
  for (const [harm, cause] of Object.entries(lateCauses)) {
    test(`the job that does ${harm} fails with its cause, and the others complete`, async () => {
      await using queue = await SupervisedQueue.open()
      const before = await queue.push({ ms: 5 })
      const job = await queue.push({ harm: harm as HarmName })
      const after = [await queue.push({ ms: 0 }), await queue.push({ ms: 5 })]
      const working = queue.work()

      await working.until(async () => (await queue.failureOf(job)) !== undefined && (await queue.isEmpty()))
      working.signal('SIGTERM')
      const { code, errors } = await working.ended

      assert.equal(code, 0, errors)
      assert.match(String(await queue.failureOf(job)), cause)
      // It may have been told as done itself by then.
      const done = queue.entries('done').filter(({ uuid }) => uuid !== job.uuid)
      assert.deepEqual(done.map(({ uuid }) => uuid).toSorted(), [before, ...after].map(({ uuid }) => uuid).toSorted())
      assert.equal(job.starts(), 1)
      assert.equal(await queue.queue.countFailed(), 1)
    })
  }
})

test('a job may write a gigabyte: its reader gets all of it, and the process stays small', async () => {
  await using queue = await SupervisedQueue.open()
  const job = await queue.push({ harm: 'writes-a-gigabyte' })

  const counted = await queue.workInto('wc -c', ['--stop-when-empty', '--quiet'])

  assert.deepEqual([counted, await queue.failureOf(job), job.starts()], [String(1024 * 1_048_576), undefined, 1])
})
