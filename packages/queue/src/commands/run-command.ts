import { QueueError } from '../errors.ts'
import { type Command, CommandError, type Terminal, UsageError } from './command.ts'
import { commandTerminal } from './command-terminal.ts'
import { printable } from './console.ts'
import { errorText } from './error-text.ts'
import { printCommandHelp, printCommandList, printVersion } from './help.ts'
import type { Program } from './program.ts'
import { readInput } from './read-input.ts'

/**
 * Finds the command that the words name, checks its arguments and options, runs it and answers the exit code. What a
 * person can act on is one sentence on standard error: exit 1, or 2 for wrong usage. Anything else is a defect of ours
 * and goes to `onDefect`.
 */
export async function runCommand(program: Program, words: readonly string[], terminal: Terminal): Promise<number> {
  try {
    return await run(program, readWords(words), terminal)
  } catch (error) {
    return reportError(program, error, terminal)
  }
}

interface Words {
  /** Undefined when no command is named. */
  readonly name: string | undefined
  /** What is not its name: global options may stand before it. */
  readonly rest: readonly string[]
}

function readWords(words: readonly string[]): Words {
  const index = words.findIndex((word) => !word.startsWith('-'))
  return index < 0 ? { name: undefined, rest: words } : { name: words[index], rest: words.toSpliced(index, 1) }
}

async function run(program: Program, { name, rest }: Words, terminal: Terminal): Promise<number> {
  if (isAsked(rest, '--version', '-V')) return printVersion(program, terminal)
  const topic = rest.find((word) => !word.startsWith('-'))
  if (name === undefined) readInput({ name: 'list' }, rest)
  if (name === undefined || name === 'list') return printCommandList(program, terminal, topic)
  if (name === 'help' && topic === undefined) return printCommandList(program, terminal)
  const command = findCommand(program, name === 'help' ? (topic ?? '') : name)
  if (name === 'help' || isAsked(rest, '--help', '-h')) return printCommandHelp(command, terminal)
  const input = readInput(command, rest)
  return await command.run(input, commandTerminal(terminal, input.global))
}

/** Behind `--` words are no options. */
function isAsked(rest: readonly string[], ...options: readonly string[]): boolean {
  const end = rest.indexOf('--')
  return rest.slice(0, end < 0 ? rest.length : end).some((word) => options.includes(word))
}

function findCommand(program: Program, name: string): Command {
  const command = program.commands.find((each) => each.name === name || each.aliases?.includes(name))
  if (command) return command
  throw new UsageError({
    es: `No existe la orden «${name}». Vea las que hay con «${program.name} list».`,
    en: `There is no command "${name}". See them all with "${program.name} list".`,
  })
}

function reportError(program: Program, error: unknown, terminal: Terminal): number {
  if (error instanceof UsageError || error instanceof CommandError) {
    terminal.writeError(printable(error.text[terminal.locale]))
    return error instanceof UsageError ? 2 : 1
  }
  if (error instanceof QueueError) {
    terminal.writeError(errorText(error)[terminal.locale])
    return 1
  }
  terminal.writeError(
    {
      es: `Error inesperado en ${program.name}: ${firstLine(error)}. El detalle quedó en el registro.`,
      en: `Unexpected error in ${program.name}: ${firstLine(error)}. The log has the detail.`,
    }[terminal.locale],
  )
  program.onDefect?.(error)
  return 1
}

function firstLine(error: unknown): string {
  const [line = ''] = String(error instanceof Error ? error.message : error).split('\n')
  return line.replace(/\.$/, '')
}
