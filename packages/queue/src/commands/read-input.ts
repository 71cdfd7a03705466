import { type ParseArgsOptionDescriptor, parseArgs } from 'node:util'
import { type Command, type CommandInput, type CommandOption, UsageError } from './command.ts'
import { globalOptions, readGlobalOptions } from './global-options.ts'
import { usageOf } from './usage.ts'

/** What of a command says how it is called. */
type DeclaredInput = Pick<Command, 'name' | 'arguments' | 'options'>

/** The words of a command line as the command declares them; throws `UsageError`. */
export function readInput(command: DeclaredInput, words: readonly string[]): CommandInput {
  const declared = command.options ?? {}
  const { values, positionals } = parse(declared, words)
  const args = checkArguments(command, positionals)
  return {
    arguments: args,
    global: readGlobalOptions(values),
    flag: (option) => values[declaredOption(declared, option, 'flag')] === true,
    text: (option) => textOf(option, values[declaredOption(declared, option, 'text')], declared[option]),
    number: (option) => numberOf(option, values[declaredOption(declared, option, 'number')], declared[option]),
  }
}

type Value = string | boolean | (string | boolean)[] | undefined
type Values = Readonly<Record<string, Value>>

function parse(
  options: Readonly<Record<string, CommandOption>>,
  words: readonly string[],
): { values: Values; positionals: string[] } {
  const own = Object.entries(options).map(([name, option]) => [name, parseConfig(option)] as const)
  const global = globalOptions.flatMap(({ parsed }) => Object.entries(parsed))
  const known = Object.fromEntries([...global, ...own])
  try {
    const { values, positionals } = parseArgs({
      args: [...words],
      options: known,
      allowPositionals: true,
      strict: true,
    })
    return { values, positionals }
  } catch (error) {
    throw usageErrorOf(error, known)
  }
}

function parseConfig({ kind }: CommandOption): ParseArgsOptionDescriptor {
  return { type: kind === 'flag' ? 'boolean' : 'string' }
}

function usageErrorOf(error: unknown, known: Readonly<Record<string, ParseArgsOptionDescriptor>>): unknown {
  if (!(error instanceof Error) || !('code' in error) || !String(error.code).startsWith('ERR_PARSE_ARGS')) return error
  const option = /'(--?[^'= ]+)/.exec(error.message)?.[1] ?? ''
  if (error.code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') {
    return new UsageError({
      es: `La opción ${option} no existe. Vea las que hay con --help.`,
      en: `There is no option ${option}. See them all with --help.`,
    })
  }
  if (known[option.replace(/^--/, '')]?.type === 'string') {
    return new UsageError({
      es: `Falta el valor de ${option}: escríbalo como ${option}=… Vea --help.`,
      en: `The value of ${option} is missing: write it as ${option}=… See --help.`,
    })
  }
  return new UsageError({
    es: `La opción ${option} no lleva valor: escríbala sola. Vea --help.`,
    en: `The option ${option} takes no value: write it alone. See --help.`,
  })
}

function checkArguments(command: DeclaredInput, words: readonly string[]): readonly string[] {
  const declared = command.arguments ?? []
  const missing = declared.find((argument, index) => argument.required && words[index] === undefined)
  if (missing) {
    throw new UsageError({
      es: `Falta ${missing.name} (${missing.summary.es}). Uso: ${usageOf(command)}.`,
      en: `${missing.name} is missing (${missing.summary.en}). Usage: ${usageOf(command)}.`,
    })
  }
  const extra = declared.some((argument) => argument.many) ? undefined : words[declared.length]
  if (extra !== undefined) {
    throw new UsageError({
      es: `Sobra «${extra}». Uso: ${usageOf(command)}.`,
      en: `"${extra}" is too much. Usage: ${usageOf(command)}.`,
    })
  }
  return words
}

function declaredOption(
  options: Readonly<Record<string, CommandOption>>,
  name: string,
  kind: CommandOption['kind'],
): string {
  if (options[name]?.kind !== kind) throw new TypeError(`The command declares no ${kind} --${name}.`)
  return name
}

/** Longer than any path or list of queues that somebody means. */
const maxTextLength = 4_096

function textOf(name: string, value: Value, option: CommandOption | undefined): string | undefined {
  if (typeof value === 'string' && value.length > maxTextLength) throw tooLong(name, value)
  if (typeof value === 'string') return value
  return option?.kind === 'text' ? option.default : undefined
}

function tooLong(name: string, value: string): UsageError {
  const shown = `--${name}=${value.slice(0, 20)}…`
  return new UsageError({
    es: `${shown} no sirve: tiene ${value.length} caracteres; escriba a lo sumo ${maxTextLength}.`,
    en: `${shown} cannot be used: it has ${value.length} characters; give at most ${maxTextLength}.`,
  })
}

function numberOf(name: string, value: Value, option: CommandOption | undefined): number | undefined {
  if (option?.kind !== 'number') return undefined
  return typeof value === 'string' ? readNumber(name, value, option) : option.default
}

type NumberOption = Extract<CommandOption, { kind: 'number' }>

function readNumber(name: string, value: string, { min = 0, max = 1e9, fractions = false }: NumberOption): number {
  const number = /^-?\d+(\.\d+)?$/.test(value.trim()) ? Number(value) : Number.NaN
  if (number >= min && number <= max && (fractions || Number.isInteger(number))) return number
  throw new UsageError({
    es: `--${name}=${value} no sirve: escriba un número${fractions ? '' : ' entero'} de ${min} a ${max}.`,
    en: `--${name}=${value} cannot be used: give a ${fractions ? '' : 'whole '}number from ${min} to ${max}.`,
  })
}
