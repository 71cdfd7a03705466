import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Command, CommandError, type GlobalOptions } from '../../src/commands/command.ts'
import { paint, writeInfo, writeProblem } from '../../src/commands/console.ts'
import { runCommand } from '../../src/commands/run-command.ts'
import { recordingTerminal } from '../support/recording-terminal.ts'

const seen: unknown[] = []
const globals: GlobalOptions[] = []
const greet: Command = {
  name: 'greet',
  aliases: ['g'],
  summary: { es: 'Saluda', en: 'Greets' },
  arguments: [{ name: 'NAME', required: true, summary: { es: 'A quién', en: 'Whom' } }],
  options: {
    loud: { kind: 'flag', summary: { es: 'Fuerte', en: 'Loud' } },
    times: { kind: 'number', default: 1, max: 9, summary: { es: 'Veces', en: 'Times' } },
    title: { kind: 'text', summary: { es: 'Título', en: 'Title' } },
  },
  async run(input, terminal) {
    seen.push([input.arguments[0], input.flag('loud'), input.number('times'), input.text('title')])
    globals.push(input.global)
    terminal.write(paint(terminal, 'green', 'Good day'))
    terminal.writeError('A warning')
    if (input.text('title') === 'defect') throw new TypeError('a defect\n    at somewhere')
    if (input.text('title') === 'known') throw new CommandError({ es: 'No se puede.', en: 'It cannot be done.' })
    return 0
  },
}

const blocks: Command = {
  name: 'show:blocks',
  summary: { es: 'Bloques', en: 'Blocks' },
  async run(_input, terminal) {
    writeInfo(terminal, 'One.')
    writeProblem(terminal, 'Two.')
    terminal.write('Three.')
    writeInfo(terminal, 'Four.')
    return 0
  },
}

function run(...words: string[]) {
  const terminal = recordingTerminal()
  const defects: unknown[] = []
  const program = {
    name: './surtidor',
    version: 'Surtidor 1.2.3',
    summary: { es: 'Programa', en: 'Program' },
    commands: [greet, blocks],
    onDefect: (error: unknown) => defects.push(error),
  }
  return runCommand(program, words, terminal).then((code) => ({ code, ...terminal, defects }))
}

test('arguments, flags, numbers and texts reach the command', async () => {
  seen.length = 0

  assert.equal((await run('g', 'Rosa', '--loud', '--times=3', '--title', 'doña')).code, 0)

  assert.deepEqual(seen, [['Rosa', true, 3, 'doña']])
})

for (const [title, words, sentence] of [
  ['an unknown command', ['nada'], /There is no command "nada"/],
  ['an unknown option', ['greet', 'Rosa', '--silent'], /There is no option --silent/],
  ['an unknown option without a command', ['--silent'], /There is no option --silent/],
  ['a namespace without commands', ['list', 'nada'], /There are no commands in the "nada" namespace/],
  [
    'a text that is too long',
    ['greet', 'Rosa', `--title=${'x'.repeat(5_000)}`],
    /--title=x{20}… .* 5000 .* at most 4096/,
  ],
  ['a flag with a value', ['greet', 'Rosa', '--loud=yes'], /The option --loud takes no value/],
  [
    'an option without its value',
    ['greet', 'Rosa', '--title'],
    /The value of --title is missing: write it as --title=…/,
  ],
  [
    'a number out of range',
    ['greet', 'Rosa', '--times=10'],
    /--times=10 cannot be used: give a whole number from 0 to 9/,
  ],
  ['a number that is none', ['greet', 'Rosa', '--times=1e3'], /--times=1e3/],
  ['a missing argument', ['greet'], /NAME is missing \(Whom\). Usage: greet NAME/],
  ['an argument too many', ['greet', 'Rosa', 'Marta'], /"Marta" is too much/],
] as const) {
  test(`${title} is one sentence and exit 2`, async () => {
    const result = await run(...words)

    assert.equal(result.code, 2)
    assert.equal(result.errors.length, 1)
    assert.match(result.errors[0] ?? '', sentence)
  })
}

test('what a person can act on is one sentence and exit 1', async () => {
  const result = await run('greet', 'Rosa', '--title=known')

  assert.deepEqual([result.code, result.errors.at(-1), result.defects.length], [1, 'It cannot be done.', 0])
})

test('control characters of what a person typed do not reach the terminal', async () => {
  const { errors } = await run('\u001b[31mx')

  assert.equal(errors.join('').includes('\u001b'), false)
})

test('a defect shows its first line, goes to the log, and exits 1', async () => {
  const result = await run('greet', 'Rosa', '--title=defect')

  assert.equal(result.code, 1)
  assert.doesNotMatch(result.errors.join('\n'), / {4}at /)
  assert.equal(result.defects.length, 1)
})

test('the list shows every command, the help every option', async () => {
  assert.match((await run('list')).output.join('\n'), /greet\s+Greets/)
  assert.match((await run('list', '--help')).output.join('\n'), /greet\s+Greets/)
  assert.match((await run('help', 'greet')).output.join('\n'), /--title\[=TITLE\]/)
  assert.match((await run('greet', '--help')).output.join('\n'), /--times\[=TIMES\]\s+Times \[default: "1"\]/)
})

test('--quiet leaves errors only', async () => {
  for (const words of [
    ['greet', 'Rosa', '-q'],
    ['--quiet', 'greet', 'Rosa'],
  ]) {
    const { code, output, errors } = await run(...words)

    assert.deepEqual([code, output, errors], [0, [], ['A warning']])
  }
})

test('--version answers the version, with a command too', async () => {
  for (const words of [['--version'], ['-V'], ['greet', '-V']]) {
    assert.deepEqual((await run(...words)).output, ['Surtidor 1.2.3'])
  }
  assert.deepEqual((await run('greet', '--', '-V')).output.slice(0, 1), ['Good day'])
})

test('--ansi colours a pipe, and --no-ansi wins', async () => {
  assert.deepEqual((await run('greet', 'Rosa')).output, ['Good day'])
  assert.deepEqual((await run('greet', 'Rosa', '--ansi')).output, ['\u001b[32mGood day\u001b[39m'])
  assert.deepEqual((await run('greet', 'Rosa', '--ansi', '--no-ansi')).output, ['Good day'])
})

for (const [words, verbosity] of [
  [[], 0],
  [['-v'], 1],
  [['--verbose'], 1],
  [['-vvv'], 3],
  [['-v', '-vv'], 3],
] as const) {
  test(`the verbosity of ${words.join(' ') || 'nothing'} is ${verbosity}`, async () => {
    await run('greet', 'Rosa', ...words)

    assert.equal(globals.at(-1)?.verbosity, verbosity)
  })
}

test('--no-interaction and --env are accepted by every command', async () => {
  assert.equal((await run('-n', '--env=testing', 'greet', 'Rosa')).code, 0)

  assert.equal(globals.at(-1)?.environment, 'testing')
})

test('blocks are parted by one empty line, whichever stream they go to', async () => {
  const { lines } = await run('show:blocks')

  assert.deepEqual(lines, ['', '   INFO  One.  ', '', '   ERROR  Two.  ', '', 'Three.', '', '   INFO  Four.  ', ''])
})

test('the list shows namespaces below their names, and one of them alone', async () => {
  const all = (await run('list')).lines
  const one = (await run('list', 'show')).lines

  assert.deepEqual(all.slice(-4), ['Available commands:', '  greet        Greets', ' show', '  show:blocks  Blocks'])
  assert.deepEqual(one.slice(-2), ['Available commands for the "show" namespace:', '  show:blocks  Blocks'])
  assert.equal(one[0], 'Surtidor 1.2.3')
})
