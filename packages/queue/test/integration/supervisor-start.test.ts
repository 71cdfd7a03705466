import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { signalTo } from '../chaos/harness/process-tree.ts'
import { eventually } from '../support/eventually.ts'
import { canMount } from '../support/small-disk.ts'
import { SupervisedQueue } from '../support/supervised-queue.ts'

describe('what keeps jobs from being worked', { concurrency: true }, () => {
  for (const [words, how] of [
    [[], 'one process'],
    [['--max-workers=3'], 'several processes'],
    [['--stop-when-empty'], 'cron'],
  ] as const) {
    test(`is said once, and the worker ends with 1: for ${how}`, async () => {
      await using queue = await SupervisedQueue.open()
      await queue.ruinDatabase()

      const { code, output, errors } = await queue.work(words).ended

      assert.equal(code, 1)
      assert.match(
        errors,
        /^The database [^\n]* cannot be used: the file is not a SQLite database; check the path\.\n$/,
      )
      assert.equal(output, '')
    })
  }

  test('is a program that ends before it works: its exit code is the answer', async () => {
    await using queue = await SupervisedQueue.open()

    const { code, errors } = await queue.work([], { HARM_AT_START: 'exit-1' }).ended

    assert.deepEqual([code, errors], [1, ''])
  })

  test('is a program that crashes: after five times the worker gives up', async () => {
    await using queue = await SupervisedQueue.open()

    const { code, errors } = await queue.work([], { HARM_AT_START: 'segfault' }).ended

    assert.equal(code, 1)
    assert.equal(errors.match(/^The process of the jobs ended: signal SIGSEGV\./gm)?.length, 5, errors)
  })
})

test('many jobs in a row that harm their process do not look like a program that cannot work', async () => {
  await using queue = await SupervisedQueue.open()
  for (let number = 0; number < 7; number += 1) await queue.push({ ms: 20, harm: 'reject-unheard' })
  const last = await queue.push()

  const { code, errors } = await queue.work(['--stop-when-empty']).ended

  assert.deepEqual([code, last.starts(), await queue.queue.countFailed()], [0, 1, 7], errors)
})

const aFile = /^The recordFolder \/\S+ is a file or a link\. Move that away[^\n]*\n$/

describe('the folder of the records', { concurrency: true }, () => {
  const spoil: Readonly<Record<string, readonly [RegExp, (path: string, elsewhere: string) => void]>> = {
    'that others may read': [
      /^The recordFolder \/\S+ may be used by others \(mode 755\)\. [^\n]*: chmod 700 \/\S+\n$/,
      (path) => {
        mkdirSync(path)
        chmodSync(path, 0o755)
      },
    ],
    'that is a link to another': [
      aFile,
      (path, elsewhere) => {
        mkdirSync(elsewhere, { mode: 0o700 })
        symlinkSync(elsewhere, path)
      },
    ],
    'that is a file': [aFile, (path) => writeFileSync(path, '')],
    'that is a link to nowhere': [aFile, (path) => symlinkSync(join(path, 'nowhere'), path)],
  }

  for (const [how, [sentence, act]] of Object.entries(spoil)) {
    test(`${how} is refused with a sentence`, async () => {
      await using queue = await SupervisedQueue.open()
      act(queue.recordFolder, join(queue.folder, 'elsewhere'))

      const { code, errors } = await queue.work().ended

      assert.equal(code, 1)
      assert.match(errors, sentence)
    })
  }

  test('may be cleared away while a worker works: it goes on, and its next process has a record again', async () => {
    await using queue = await SupervisedQueue.open()
    const worker = queue.work()
    await worker.until(() => queue.records().length === 1)

    rmSync(queue.recordFolder, { recursive: true })
    signalTo(await worker.runner(), 'SIGKILL')
    await eventually(() => queue.records().length === 1)
    const job = await queue.push({ harm: 'exit-1' })
    await worker.until(async () => (await queue.failureOf(job)) !== undefined)

    worker.signal('SIGTERM')
    assert.equal(await worker.exited, 0)
  })

  test('that has no room is told of, and no job runs that nobody could watch', { skip: !canMount }, async () => {
    await using queue = await SupervisedQueue.open()
    const job = await queue.push()

    const { code, errors } = await queue.workWithoutRoom(['--stop-when-empty']).ended

    assert.deepEqual([code, job.starts()], [1, 0])
    assert.match(errors, /^A worker could not write what it runs into [^\n]*\.record\. Free some room[^\n]*\n$/)
  })

  test('is empty when all have ended', async () => {
    await using queue = await SupervisedQueue.open()
    await Promise.all([queue.push(), queue.push({ harm: 'exit-0' }), queue.push({ harm: 'kill-9', upToTry: 0 })])

    await queue.work(['--stop-when-empty', '--max-workers=2']).ended

    assert.deepEqual(queue.records(), [])
  })
})
