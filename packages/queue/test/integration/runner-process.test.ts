import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { RunnerProcess } from '../../src/supervisor/runner-process.ts'
import { isAlive } from '../chaos/harness/process-tree.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** Runs some lines of JavaScript as a runner. `say` sends a message as runners do. */
async function ended(lines: string) {
  using folder = temporaryFolder()
  const script = join(folder.path, 'runner.mjs')
  const say = 'const say = (message) => new Promise((told) => process.send({ surtidor: message }, told))'
  writeFileSync(script, [say, 'const keepAlive = () => setInterval(() => undefined, 1000)', lines].join('\n'))
  const runner = new RunnerProcess({
    script,
    words: [],
    recordPath: join(folder.path, 'record'),
    onReady: () => undefined,
    onLateError: () => undefined,
  })
  const end = await runner.ended
  assert.ok(runner.pid !== undefined && !isAlive(runner.pid))
  return end
}

const result = (reason: string, exitCode = 0) => JSON.stringify({ reason, processed: 3, exitCode })

describe('a runner', { concurrency: true }, () => {
  test('that says how it ended has ended so', async () => {
    const end = await ended(`await say({ kind: 'ready' }); await say({ kind: 'ended', result: ${result('empty')} })`)

    assert.deepEqual(end, { kind: 'finished', result: JSON.parse(result('empty')), exitCode: 0 })
  })

  test('whose program makes a 0 another exit code has that one', async () => {
    const end = await ended(`await say({ kind: 'ended', result: ${result('empty')} }); process.exitCode = 1`)

    assert.deepEqual(end, { kind: 'finished', result: JSON.parse(result('empty')), exitCode: 1 })
  })

  test('that has more to say than its program keeps its own', async () => {
    const end = await ended(`await say({ kind: 'ended', result: ${result('memory', 12)} }); process.exit(0)`)

    assert.equal(end.kind === 'finished' && end.exitCode, 12)
  })

  for (const reason of ['empty', 'timed_out']) {
    test(`that does not end after it said so is ended: ${reason}`, async () => {
      const end = await ended(`keepAlive(); await say({ kind: 'ended', result: ${result(reason)} })`)

      assert.deepEqual(end.kind === 'finished' && [end.result.reason, end.exitCode], [reason, 0])
    })
  }

  test('that cannot go on has said why, and its jobs have nothing to do with it', async () => {
    assert.deepEqual(await ended(`await say({ kind: 'ready' }); await say({ kind: 'gave-up' }); process.exit(1)`), {
      kind: 'refused',
      code: 1,
    })
    assert.deepEqual(await ended(`keepAlive(); await say({ kind: 'ready' }); await say({ kind: 'gave-up' })`), {
      kind: 'refused',
      code: 1,
    })
  })

  test('that ends before it comes to work has said why', async () => {
    assert.deepEqual(await ended('process.exit(3)'), { kind: 'refused', code: 3 })
  })

  test('that ends without a word has died', async () => {
    const end = await ended(`await say({ kind: 'ready' }); process.exit(0)`)

    assert.deepEqual(end, { kind: 'died', code: 0, signal: null, killedFor: undefined, cameToWork: true })
  })

  test('that cuts itself off is ended', async () => {
    const end = await ended(`keepAlive(); await say({ kind: 'ready' }); process.disconnect()`)

    assert.deepEqual(end.kind === 'died' && end.killedFor, { kind: 'unresponsive' })
  })

  test('may say what it likes beside', async () => {
    const words = `for (const word of [null, 'ready', 1, {}, { kind: 'ended' }, { surtidor: { kind: 'nothing' } }]) process.send(word)`
    const end = await ended(
      `await say({ kind: 'ready' }); ${words}; await say({ kind: 'ended', result: ${result('once')} })`,
    )

    assert.equal(end.kind, 'finished')
  })
})

test('a runner that cannot be started says so, and a wish that it should stop harms nobody', async () => {
  const node = process.execPath
  process.execPath = '/nowhere/node'
  const settings = { script: 'nothing', words: [], recordPath: '/nowhere/record' }
  const runner = new RunnerProcess({ ...settings, onReady: () => undefined, onLateError: () => undefined })
  process.execPath = node

  runner.tell({ kind: 'stop' })
  runner.kill({ kind: 'stop' })

  assert.equal((await runner.ended).kind, 'unstarted')
})
