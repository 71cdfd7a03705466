import assert from 'node:assert/strict'
import { test } from 'node:test'
import { queueCommands, runCommand } from '../../src/commands/index.ts'
import { createQueue } from '../../src/index.ts'
import { connectionKinds } from '../support/connections.ts'
import { recordingTerminal } from '../support/recording-terminal.ts'

for (const [words, key, sentence] of [
  [['queue:restart'], 'queue:restart', '\n   INFO  Broadcasting queue restart signal.  \n'],
  [
    ['queue:pause', 'default'],
    'queue:paused:database:default',
    '\n   INFO  Job processing on queue [database:default] has been paused.  \n',
  ],
  [
    ['queue:pause', 'database:a:b'],
    'queue:paused:database:a:b',
    '\n   INFO  Job processing on queue [database:a:b] has been paused.  \n',
  ],
  [['queue:pause', '--all'], 'queues:paused', '\n   INFO  Job processing on all queues has been paused.  \n'],
] as const) {
  test(`${words.join(' ')} leaves Laravel's order and says so as Laravel does`, async () => {
    await using bench = await withCommands()

    const finished = await bench.run(words)

    assert.deepEqual(finished, { code: 0, output: [sentence], errors: [] })
    const whole = `laravel_cache_illuminate:${key}`
    const found = await bench.shared.get([whole])
    assert.match(found.get(whole) ?? '', key === 'queue:restart' ? /^i:\d{10};$/ : /^b:1;$/)
  })
}

for (const [pause, resume] of [
  [
    ['queue:pause', 'default'],
    ['queue:resume', 'default'],
  ],
  [
    ['queue:pause', 'default'],
    ['queue:continue', 'database:'],
  ],
  [
    ['queue:pause', '--all'],
    ['queue:resume', '--all'],
  ],
] as const) {
  test(`${resume.join(' ')} takes back ${pause.join(' ')}`, async () => {
    await using bench = await withCommands()
    await bench.run(pause)

    const finished = await bench.run(resume)

    assert.deepEqual([finished.code, finished.errors], [0, []])
    const keys = ['queue:paused:database:default', 'queues:paused'].map((key) => `laravel_cache_illuminate:${key}`)
    assert.deepEqual(await bench.shared.get(keys), new Map())
  })
}

for (const [words, code] of [
  [['queue:pause'], 2],
  [['queue:resume', 'default', '--all'], 2],
  [['queue:pause', 'redis:default'], 1],
] as const) {
  test(`${words.join(' ')} is refused with a sentence, exit ${code}`, async () => {
    await using bench = await withCommands()

    const finished = await bench.run(words)

    assert.equal(finished.code, code)
    assert.match(finished.errors.join('\n'), /queue|colas|connection/)
    assert.deepEqual(finished.output, [])
  })
}

async function withCommands() {
  const opened = await (connectionKinds.find((kind) => kind.name === 'sqlite') ?? assert.fail('no sqlite')).open()
  const queue = createQueue({ connection: opened.connection })
  const summary = { es: 'Pruebas', en: 'Tests' }
  const host = { open: async () => ({ queue, [Symbol.asyncDispose]: async () => undefined }) }
  return {
    shared: opened.connection.shared,
    run: async (words: readonly string[]) => {
      const terminal = recordingTerminal()
      const code = await runCommand({ name: './surtidor', summary, commands: queueCommands(host) }, words, terminal)
      return { code, output: terminal.output, errors: terminal.errors }
    },
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  }
}
