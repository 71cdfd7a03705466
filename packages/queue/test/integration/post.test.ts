import assert from 'node:assert/strict'
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Custody } from '../../src/supervisor/custody.ts'
import { Post } from '../../src/supervisor/post.ts'
import { RecordFolder } from '../../src/supervisor/record-folder.ts'
import type { RunnerEnd } from '../../src/supervisor/runner-process.ts'
import { isAlive, signalTo } from '../chaos/harness/process-tree.ts'
import { eventually } from '../support/eventually.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** What a runner does beside what these tests are about. */
const preamble = `
  import { appendFileSync } from 'node:fs'
  import { spawn } from 'node:child_process'
  const [, , file] = process.argv
  const note = (line) => appendFileSync(file, line + '\\n')
  const say = (message) => new Promise((told) => process.send({ surtidor: message }, told))
  const end = async (reason) => {
    await say({ kind: 'ended', result: { reason, processed: 1, exitCode: 0 } })
    process.exit(0)
  }
  const keepAlive = () => setInterval(() => undefined, 1000)
`

/** A place for runners that are some lines of JavaScript, and what these note. */
function postFor(context: TestContext, lines: string) {
  const temporary = temporaryFolder()
  context.after(() => temporary[Symbol.dispose]())
  const [script, file] = [join(temporary.path, 'runner.mjs'), join(temporary.path, 'notes')]
  writeFileSync(script, preamble + lines)
  const folder = new RecordFolder(join(temporary.path, 'records'))
  const ends: RunnerEnd[] = []
  const post = new Post({
    script,
    nextWords: () => [file],
    isOnce: false,
    maxMegabytes: 0,
    custody: new Custody({
      folder,
      open: () => Promise.reject(new Error('Nothing is told here.')),
      settle: () => Promise.resolve(),
    }),
    makeRecord: () => folder.create(),
    onStart: () => undefined,
    onReady: () => appendFileSync(file, 'ready\n'),
    onEnd: (end) => ends.push(end),
  })
  const notes = () => (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [])
  return { post, notes, ends }
}

const tellsWhatItHears = `
  process.on('message', ({ surtidor: { kind } }) => {
    note(kind)
    if (kind === 'stop-now') void end('interrupted')
  })
  await say({ kind: 'ready' })
`

test('a runner that is ended for a reason of ours may end its job when one wish to stop follows', async (context) => {
  const { post, notes } = postFor(context, tellsWhatItHears)
  const running = post.run()
  await eventually(() => notes().includes('ready'))

  post.end()
  post.stop()
  await eventually(() => notes().length === 3)
  post.stop()

  assert.equal(await running, 0)
  assert.deepEqual(notes(), ['ready', 'stop', 'stop', 'stop-now'])
})

test('what a runner leaves behind that ends well, soon after a second wish to stop, lives on', async (context) => {
  const leavesOneBehind = `
    process.on('message', ({ surtidor: { kind } }) => {
      if (kind !== 'stop-now') return
      note(spawn('sleep', ['300'], { stdio: 'ignore' }).pid)
      void end('interrupted')
    })
    await say({ kind: 'ready' })
  `
  const { post, notes } = postFor(context, leavesOneBehind)
  const running = post.run()
  await eventually(() => notes().includes('ready'))
  context.mock.timers.enable({ apis: ['setTimeout'] })

  post.stop()
  post.stop()
  await running
  context.mock.timers.tick(600)

  const left = Number(notes().at(-1))
  context.after(() => signalTo(left, 'SIGKILL'))
  await assert.rejects(eventually(() => !isAlive(left), 0.5))
})

// Eight seconds: between its starts it pauses.
test('a program that never comes to work is ended each time, and given up after the fifth', async (context) => {
  const { post, notes, ends } = postFor(context, `note('begins'); keepAlive()`)
  context.mock.timers.enable({ apis: ['setTimeout'] })
  const now = performance.now.bind(performance)
  let passed = 0
  context.mock.method(performance, 'now', () => now() + passed)
  const pass = (ms: number) => {
    passed += ms
    context.mock.timers.tick(ms)
  }

  const running = post.run()
  for (let start = 1; start <= 5; start += 1) {
    await eventually(() => notes().filter((note) => note === 'begins').length === start)
    pass(59_000)
    assert.equal(ends.length, start - 1)
    pass(1_000)
    await eventually(() => ends.length === start)
  }

  assert.equal(await running, 1)
  assert.ok(ends.every((end) => end.kind === 'died' && end.killedFor?.kind === 'unready'))
})
