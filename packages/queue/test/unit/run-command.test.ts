import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Command, CommandError } from '../../src/commands/command.ts'
import { runCommand } from '../../src/commands/run-command.ts'
import { recordingTerminal } from '../support/recording-terminal.ts'

const seen: unknown[] = []
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
  async run(input) {
    seen.push([input.arguments[0], input.flag('loud'), input.number('times'), input.text('title')])
    if (input.text('title') === 'defect') throw new TypeError('a defect\n    at somewhere')
    if (input.text('title') === 'known') throw new CommandError({ es: 'No se puede.', en: 'It cannot be done.' })
    return 0
  },
}

function run(...words: string[]) {
  const terminal = recordingTerminal()
  const defects: unknown[] = []
  const program = {
    name: './surtidor',
    summary: { es: 'Programa', en: 'Program' },
    commands: [greet],
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
  ['an unknown option', ['greet', 'Rosa', '--quiet'], /There is no option --quiet/],
  ['a flag with a value', ['greet', 'Rosa', '--loud=yes'], /--loud/],
  ['an option without its value', ['greet', 'Rosa', '--title'], /--title/],
  [
    'a number out of range',
    ['greet', 'Rosa', '--times=10'],
    /--times=10 cannot be used: give a whole number from 0 to 9/,
  ],
  ['a number that is none', ['greet', 'Rosa', '--times=1e3'], /--times=1e3/],
  ['a missing argument', ['greet'], /NAME is missing. Usage: greet NAME/],
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

  assert.deepEqual([result.code, result.errors, result.defects.length], [1, ['It cannot be done.'], 0])
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
  assert.match((await run('help', 'greet')).output.join('\n'), /--title=TITLE/)
  assert.match((await run('greet', '--help')).output.join('\n'), /--times=TIMES\s+Times \[default: "1"\]/)
})
