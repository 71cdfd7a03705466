import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Locale, queueCommands, runCommand } from '../../src/commands/index.ts'
import { createQueue, defineJob } from '../../src/index.ts'
import { connectionKinds } from '../support/connections.ts'
import { eventually } from '../support/eventually.ts'
import { recordingTerminal } from '../support/recording-terminal.ts'

const greet = defineJob('Greet', {}, () => undefined)

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

test('queue:monitor says which queue is paused, by its name or with all', async () => {
  await using bench = await withCommands()
  await bench.run(['queue:pause', 'default'])

  const one = await bench.run(['queue:monitor', 'default,high'])
  const json = await bench.run(['queue:monitor', 'default,high', '--json'])
  await bench.run(['queue:pause', '--all'])
  const all = await bench.run(['queue:monitor', 'high', '--max=0'])

  assert.deepEqual([one.code, all.code], [0, 1])
  assert.match(one.output.join('\n'), /\] default \.+ \[0\] OK PAUSED {2}\n.*\] high \.+ \[0\] OK {2}\n/)
  assert.deepEqual(
    JSON.parse(json.output.join('\n')).map(({ paused }: { paused: boolean }) => paused),
    [true, false],
  )
  assert.match(all.output.join('\n'), /\] high \.+ \[0\] ALERT PAUSED {2}/)
})

test('queue:monitor answers in an application whose cache has no table', async () => {
  await using bench = await withCommands()
  await bench.execute('drop table cache')

  const { code, output } = await bench.run(['queue:monitor', 'default'])

  assert.deepEqual([code, output[2]?.endsWith(' [0] OK  ')], [0, true])
})

for (const [locale, paused, resumed] of [
  [
    'en',
    'Job processing on queue [database:default] has been paused.',
    'Job processing on queue [database:default] has been resumed.',
  ],
  ['es', 'Se detuvo la cola [database:default].', 'Se reanudó la cola [database:default].'],
] as const) {
  test(`queue:work -v tells of a pause, also of one that it finds, and of its end: ${locale}`, async () => {
    await using bench = await withCommands(locale)
    await bench.run(['queue:pause', 'default'])
    await bench.queue.dispatch(greet, {})
    const work = bench.start(['queue:work', '-v', '--max-jobs=1'])
    await eventually(() => work.lines.length > 0)

    await bench.run(['queue:resume', 'default'])
    await work.code

    const told = ['', `   INFO  ${paused}  `, '', `   INFO  ${resumed}  `, '']
    assert.deepEqual(work.lines.slice(0, 5), told)
    assert.match(work.lines.slice(5).join('\n'), /Greet .*RUNNING\n.*Greet .*DONE$/)
  })
}

test('queue:work without -v says nothing of a pause, as Laravel', async () => {
  await using bench = await withCommands()
  await bench.run(['queue:pause', 'default'])

  const { output } = await bench.run(['queue:work', '--stop-when-empty'])

  assert.deepEqual(output, [])
})

async function withCommands(locale: Locale = 'en') {
  const opened = await (connectionKinds.find((kind) => kind.name === 'sqlite') ?? assert.fail('no sqlite')).open()
  const queue = createQueue({ connection: opened.connection, jobs: [greet] })
  const summary = { es: 'Pruebas', en: 'Tests' }
  const host = { open: async () => ({ queue, [Symbol.asyncDispose]: async () => undefined }) }
  const start = (words: readonly string[]) => {
    const terminal = recordingTerminal(locale)
    const code = runCommand({ name: './surtidor', summary, commands: queueCommands(host) }, words, terminal)
    return { code, lines: terminal.lines, output: terminal.output, errors: terminal.errors }
  }
  return {
    queue,
    shared: opened.connection.shared,
    execute: async (sql: string) => opened.execute?.(sql),
    start,
    run: async (words: readonly string[]) => {
      const { code, lines: _, ...said } = start(words)
      return { code: await code, ...said }
    },
    [Symbol.asyncDispose]: async () => {
      // A worker that still waits for the end of a pause.
      await queue.close()
      await opened[Symbol.asyncDispose]()
    },
  }
}
