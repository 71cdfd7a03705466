import { type Command, type CommandOption, type Locale, type Terminal, UsageError } from './command.ts'
import { globalOptions } from './global-options.ts'
import type { Program } from './program.ts'
import { synopsisOf } from './usage.ts'

/** The help of artisan, section by section. */
const titles = {
  description: { es: 'Descripción:', en: 'Description:' },
  usage: { es: 'Uso:', en: 'Usage:' },
  usageOfAll: { es: 'orden [opciones] [argumentos]', en: 'command [options] [arguments]' },
  usageOptions: { es: 'opciones', en: 'options' },
  commands: { es: 'Órdenes:', en: 'Available commands:' },
  arguments: { es: 'Argumentos:', en: 'Arguments:' },
  options: { es: 'Opciones:', en: 'Options:' },
  default: { es: 'por omisión', en: 'default' },
} as const

export function printVersion(program: Program, terminal: Terminal): number {
  terminal.write(program.version ?? program.name)
  return 0
}

/** Lists the commands by their namespaces, with `namespace` only those of it: `list queue`. */
export function printCommandList(program: Program, terminal: Terminal, namespace?: string): number {
  const { locale } = terminal
  const lines = namespace === undefined ? allCommands(program, locale) : commandsOf(program, namespace, locale)
  printVersion(program, terminal)
  if (namespace === undefined) terminal.write(program.summary[locale])
  printSection(terminal, titles.usage[locale], [`  ${titles.usageOfAll[locale]}`])
  printSection(terminal, titles.options[locale], table(globalRows(locale)))
  const title = namespace === undefined ? titles.commands : namespaceTitle(namespace)
  printSection(terminal, title[locale], lines)
  return 0
}

export function printCommandHelp(command: Command, terminal: Terminal): number {
  const { locale } = terminal
  const described = (command.arguments ?? []).map(({ name, summary }) => [name, summary[locale]] as const)
  const options = [
    ...Object.entries(command.options ?? {}).map(([name, option]) => optionRow(name, option, locale)),
    ...globalRows(locale),
  ]
  const width = widest([...described, ...options])
  terminal.write(titles.description[locale])
  terminal.write(`  ${command.summary[locale]}`)
  const usages = [synopsisOf(command, titles.usageOptions[locale]), ...(command.aliases ?? [])]
  printSection(
    terminal,
    titles.usage[locale],
    usages.map((usage) => `  ${usage}`),
  )
  if (described.length > 0) printSection(terminal, titles.arguments[locale], table(described, width))
  printSection(terminal, titles.options[locale], table(options, width))
  return 0
}

type TableRow = readonly [name: string, summary: string]

/** Those without a namespace first, then each namespace below its name. */
function allCommands({ commands }: Program, locale: Locale): readonly string[] {
  const rows = commands.map(({ name, summary }): TableRow => [name, summary[locale]]).toSorted(byName)
  const width = widest(rows)
  const groups = Map.groupBy(rows, ([name]) => namespaceOf(name))
  const single = table(groups.get('') ?? [], width)
  groups.delete('')
  return [...single, ...[...groups].flatMap(([namespace, group]) => [` ${namespace}`, ...table(group, width)])]
}

/** The other names of commands are listed too where they are in the namespace. */
function commandsOf({ name: program, commands }: Program, namespace: string, locale: Locale): readonly string[] {
  const rows = commands
    .flatMap(({ name, aliases = [], summary }) => [name, ...aliases].map((each): TableRow => [each, summary[locale]]))
    .filter(([name]) => namespaceOf(name) === namespace)
  if (rows.length > 0) return table(rows.toSorted(byName))
  throw new UsageError({
    es: `No hay órdenes del grupo «${namespace}». Vea las que hay con «${program} list».`,
    en: `There are no commands in the "${namespace}" namespace. See them all with "${program} list".`,
  })
}

function namespaceOf(name: string): string {
  return name.includes(':') ? name.slice(0, name.indexOf(':')) : ''
}

function byName([a]: TableRow, [b]: TableRow): number {
  return a < b ? -1 : 1
}

function namespaceTitle(namespace: string) {
  return {
    es: `Órdenes del grupo «${namespace}»:`,
    en: `Available commands for the "${namespace}" namespace:`,
  }
}

function globalRows(locale: Locale): readonly TableRow[] {
  return globalOptions.map(({ synopsis, summary }) => [synopsis, summary[locale]])
}

function optionRow(name: string, option: CommandOption, locale: Locale): TableRow {
  const value = option.kind === 'flag' ? '' : `[=${name.toUpperCase()}]`
  const standard =
    option.kind === 'flag' || option.default === undefined
      ? ''
      : ` [${titles.default[locale]}: ${JSON.stringify(String(option.default))}]`
  return [`    --${name}${value}`, `${option.summary[locale]}${standard}`]
}

function widest(rows: readonly TableRow[]): number {
  return Math.max(...rows.map(([name]) => name.length))
}

function table(rows: readonly TableRow[], width = widest(rows)): readonly string[] {
  return rows.map(([name, summary]) => `  ${name.padEnd(width)}  ${summary}`)
}

function printSection(terminal: Terminal, title: string, lines: readonly string[]): void {
  terminal.write('')
  terminal.write(title)
  for (const line of lines) terminal.write(line)
}
