import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Listener } from '../../src/commands/listener.ts'
import { signalTo } from '../chaos/harness/process-tree.ts'
import { eventually } from '../support/eventually.ts'
import { installQueue } from '../support/queue-program.ts'
import { recordingTerminal } from '../support/recording-terminal.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const script = join(import.meta.dirname, '../support/listened-program.ts')

type Doing = '' | 'fail' | 'hang' | 'leave one' | 'work'

/** What the children are to do, and what they were called with. */
function children(context: TestContext, doing: Doing): () => readonly (readonly string[])[] {
  const folder = temporaryFolder()
  const file = join(folder.path, 'calls')
  Object.assign(process.env, { LISTENED_FILE: file, LISTENED_DOING: doing })
  context.after(() => folder[Symbol.dispose]())
  return () => {
    try {
      return readFileSync(file, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
    } catch {
      return []
    }
  }
}

function listener(settings: Partial<ConstructorParameters<typeof Listener>[0]> = {}) {
  const terminal = recordingTerminal()
  return {
    terminal,
    listener: new Listener({ script, words: [], terminal, limitSeconds: 30, restSeconds: 0, ...settings }),
  }
}

test('one child follows the other, and what they say is said', async (context) => {
  const calls = children(context, '')
  const { terminal, listener: listening } = listener({ words: ['queue:work', '--once'] })

  const running = listening.run()
  await eventually(() => calls().length >= 3)
  listening.stop()
  await running

  assert.ok(calls().every((words) => words.join(' ') === 'queue:work --once'))
  assert.ok(terminal.output.length >= 2 && terminal.output.every((line) => line === 'out'))
  assert.ok(terminal.errors.every((line) => line === 'err'))
})

test('a child that fails is followed by a pause', async (context) => {
  const calls = children(context, 'fail')
  const { listener: listening } = listener()
  const startedAt = performance.now()

  const running = listening.run()
  await eventually(() => calls().length >= 2)
  listening.stop()
  await running

  assert.ok(performance.now() - startedAt >= 1_000)
})

test('a child that hangs is killed at its limit, and the next one starts', async (context) => {
  const calls = children(context, 'hang')
  const { terminal, listener: listening } = listener({ limitSeconds: 1 })

  const running = listening.run()
  await eventually(() => calls().length >= 2)
  listening.stop()
  await running

  assert.ok(terminal.errors.some((line) => line.includes('did not end within 1 seconds and was killed')))
})

test('a child that leaves a process behind, which holds its output open, is followed by the next', async (context) => {
  const calls = children(context, 'leave one')
  const { terminal, listener: listening } = listener()
  const left = () => terminal.output.flatMap((line) => /^left (\d+)$/.exec(line)?.[1] ?? [])
  context.after(() => left().map((pid) => signalTo(Number(pid), 'SIGKILL')))

  const running = listening.run()
  await eventually(() => calls().length >= 2)
  listening.stop()
  await running

  assert.ok(left().length >= 1)
})

test('who is told to stop lets the child end its job first', async (context) => {
  children(context, 'work')
  const { terminal, listener: listening } = listener()

  const running = listening.run()
  await eventually(() => terminal.output.includes('working'))
  listening.stop()
  await running

  assert.equal(terminal.output.at(-1), 'the job ended')
})

test('a program that cannot be started is said, and tried again', async (context) => {
  children(context, '')
  const node = process.execPath
  context.after(() => {
    process.execPath = node
  })
  process.execPath = join(import.meta.dirname, 'no-node-here')
  const { terminal, listener: listening } = listener()

  const running = listening.run()
  await eventually(() => terminal.errors.length >= 2)
  listening.stop()
  await running

  assert.match(terminal.errors[0] ?? '', /no-node-here ENOENT/)
})

for (const [given, passedOn] of [
  [[], '--name=default --backoff=0 --delay=0 --memory=128 --sleep=3 --timeout=60 --tries=1'],
  [
    [
      'database',
      '--queue=alta,default',
      '--backoff=1,5',
      '--tries=4',
      '--sleep=0.5',
      '--env=testing',
      '--force',
      '-vv',
    ],
    '--name=default --queue=alta,default --backoff=1,5 --delay=0 --memory=128 --sleep=0.5 --timeout=60 --tries=4 --env=testing --force -v -v -- database',
  ],
] as const) {
  test(`queue:listen ${given.join(' ')} passes its options on`, async (context) => {
    const calls = children(context, '')
    await using installed = await installQueue('en', script)

    const running = installed.run(['queue:listen', ...given])
    await eventually(() => calls().length >= 1)
    process.emit('SIGTERM')
    const { code, output } = await running

    assert.equal(code, 0)
    assert.equal(calls()[0]?.join(' '), `queue:work --once ${passedOn}`)
    assert.match(output[0] ?? '', /Processing jobs from the \[(default|alta,default)\] queues?\./)
  })
}
