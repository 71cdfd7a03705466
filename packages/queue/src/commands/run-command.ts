import { QueueError } from '../errors.ts'
import { type Command, CommandError, type Terminal, UsageError } from './command.ts'
import { printable } from './console.ts'
import { errorText } from './error-text.ts'
import { printCommandHelp, printCommandList } from './help.ts'
import type { Program } from './program.ts'
import { readInput } from './read-input.ts'

/**
 * Finds the command that the words name, checks its arguments and options, runs it and answers the exit code. What a
 * person can act on is one sentence on standard error: exit 1, or 2 for wrong usage. Anything else is a defect of ours
 * and goes to `onDefect`.
 */
export async function runCommand(program: Program, words: readonly string[], terminal: Terminal): Promise<number> {
  const [name = 'help', ...rest] = words
  const [topic] = rest.filter((word) => !word.startsWith('-'))
  if (name === 'list' || (isHelp(name) && topic === undefined)) return printCommandList(program, terminal, topic)
  try {
    const command = findCommand(program, isHelp(name) ? (topic ?? '') : name)
    if (isHelp(name)) return printCommandHelp(program, command, terminal)
    if (rest.includes('--help') || rest.includes('-h')) return printCommandHelp(program, command, terminal)
    return await command.run(readInput(command, rest), terminal)
  } catch (error) {
    return reportError(program, error, terminal)
  }
}

function isHelp(word: string): boolean {
  return ['help', '--help', '-h'].includes(word)
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
