import type { Command, CommandOption, Locale, Terminal } from './command.ts'
import type { Program } from './program.ts'
import { usageOf } from './usage.ts'

const titles = {
  usage: { es: 'Uso:', en: 'Usage:' },
  commands: { es: 'Órdenes:', en: 'Available commands:' },
  arguments: { es: 'Argumentos:', en: 'Arguments:' },
  options: { es: 'Opciones:', en: 'Options:' },
  help: { es: 'Muestra esta ayuda', en: 'Display help for the given command' },
  default: { es: 'por omisión', en: 'default' },
} as const

/** Lists the commands, with `namespace` only those of it: `list queue`. */
export function printCommandList(program: Program, terminal: Terminal, namespace?: string): number {
  const { locale } = terminal
  const commands = program.commands.filter((command) => !namespace || command.name.startsWith(`${namespace}:`))
  terminal.write(program.summary[locale])
  terminal.write('')
  terminal.write(titles.usage[locale])
  terminal.write(`  ${program.name} <command> [options] [arguments]`)
  terminal.write('')
  terminal.write(titles.commands[locale])
  printRows(
    terminal,
    commands.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map((command) => [command.name, command.summary[locale]]),
  )
  return 0
}

export function printCommandHelp(program: Program, command: Command, terminal: Terminal): number {
  const { locale } = terminal
  terminal.write(command.summary[locale])
  terminal.write('')
  terminal.write(titles.usage[locale])
  terminal.write(`  ${program.name} ${usageOf(command)} [options]`)
  printSection(
    terminal,
    titles.arguments[locale],
    (command.arguments ?? []).map((each) => [each.name, each.summary[locale]]),
  )
  printSection(terminal, titles.options[locale], [
    ...Object.entries(command.options ?? {}).map(([name, option]) => optionRow(name, option, locale)),
    ['-h, --help', titles.help[locale]],
  ])
  return 0
}

type TableRow = readonly [string, string]

function optionRow(name: string, option: CommandOption, locale: Locale): TableRow {
  const value = option.kind === 'flag' ? '' : `=${name.toUpperCase()}`
  const standard =
    option.kind === 'flag' || option.default === undefined
      ? ''
      : ` [${titles.default[locale]}: ${JSON.stringify(String(option.default))}]`
  const short = option.kind === 'flag' && option.short ? `-${option.short}, ` : ''
  return [`${short}--${name}${value}`, `${option.summary[locale]}${standard}`]
}

function printSection(terminal: Terminal, title: string, rows: readonly TableRow[]): void {
  if (rows.length === 0) return
  terminal.write('')
  terminal.write(title)
  printRows(terminal, rows)
}

function printRows(terminal: Terminal, rows: readonly TableRow[]): void {
  const width = Math.max(...rows.map(([name]) => name.length))
  for (const [name, summary] of rows) terminal.write(`  ${name.padEnd(width)}  ${summary}`)
}
