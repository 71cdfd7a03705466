import type { Command, CommandInput, CommandOption, Terminal } from './command.ts'

export interface GivenCommand {
  readonly command: Pick<Command, 'name' | 'options'>
  readonly input: CommandInput
  readonly terminal: Terminal
}

/** The words with which another process of this program does what this one was told; `changed` replaces some numbers. */
export function wordsOf(
  { command, input, terminal }: GivenCommand,
  changed: Readonly<Record<string, number>> = {},
): readonly string[] {
  const { verbosity, isQuiet, environment } = input.global
  const options = Object.entries(command.options ?? {}).flatMap(([name, option]) =>
    name in changed ? [`--${name}=${changed[name]}`] : wordOf(name, option, input),
  )
  return [
    command.name,
    ...options,
    ...(environment === undefined ? [] : [`--env=${environment}`]),
    ...(isQuiet ? ['--quiet'] : []),
    ...Array.from({ length: verbosity }, () => '-v'),
    // The other process may write into a pipe, and would take it for a reader without colours.
    ...((terminal.hasColours ?? terminal.isInteractive) ? ['--ansi'] : []),
    ...(input.arguments.length === 0 ? [] : ['--', ...input.arguments]),
  ]
}

function wordOf(name: string, { kind }: CommandOption, input: CommandInput): readonly string[] {
  if (kind === 'flag') return input.flag(name) ? [`--${name}`] : []
  const value = kind === 'text' ? input.text(name) : input.number(name)
  return value === undefined ? [] : [`--${name}=${value}`]
}
