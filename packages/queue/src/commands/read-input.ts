import { parseArgs } from 'node:util'
import { type Command, type CommandInput, type CommandOption, UsageError } from './command.ts'
import { usageOf } from './usage.ts'

/** The words of a command line as the command declares them; throws `UsageError`. */
export function readInput(command: Command, words: readonly string[]): CommandInput {
  const declared = command.options ?? {}
  const { values, positionals } = parse(declared, words)
  const args = checkArguments(command, positionals)
  return {
    arguments: args,
    flag: (option) => values[declaredOption(declared, option, 'flag')] === true,
    text: (option) => textOf(values[declaredOption(declared, option, 'text')], declared[option]),
    number: (option) => numberOf(option, values[declaredOption(declared, option, 'number')], declared[option]),
  }
}

type Values = Readonly<Record<string, string | boolean | undefined>>

function parse(
  options: Readonly<Record<string, CommandOption>>,
  words: readonly string[],
): { values: Values; positionals: string[] } {
  const config = Object.fromEntries(Object.entries(options).map(([name, option]) => [name, parseConfig(option)]))
  try {
    const { values, positionals } = parseArgs({
      args: [...words],
      options: config,
      allowPositionals: true,
      strict: true,
    })
    return {
      values: Object.fromEntries(Object.entries(values).map(([name, value]) => [name, lastOf(value)])),
      positionals,
    }
  } catch (error) {
    throw usageErrorOf(error)
  }
}

function parseConfig(option: CommandOption) {
  if (option.kind !== 'flag') return { type: 'string' } as const
  return { type: 'boolean', ...(option.short && { short: option.short }) } as const
}

function lastOf(value: string | boolean | (string | boolean)[] | undefined): string | boolean | undefined {
  return Array.isArray(value) ? value.at(-1) : value
}

function usageErrorOf(error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error) || !String(error.code).startsWith('ERR_PARSE_ARGS')) return error
  const option = /'(--?[^'= ]+)/.exec(error.message)?.[1] ?? ''
  if (error.code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') {
    return new UsageError({
      es: `La opción ${option} no existe. Vea las que hay con --help.`,
      en: `There is no option ${option}. See them all with --help.`,
    })
  }
  return new UsageError({
    es: `La opción ${option} está mal escrita: unas llevan valor (--tries=3) y otras no. Vea --help.`,
    en: `The option ${option} is written wrongly: some take a value (--tries=3), others none. See --help.`,
  })
}

function checkArguments(command: Command, words: readonly string[]): readonly string[] {
  const declared = command.arguments ?? []
  const missing = declared.find((argument, index) => argument.required && words[index] === undefined)
  if (missing) {
    throw new UsageError({
      es: `Falta ${missing.name}. Uso: ${usageOf(command)}.`,
      en: `${missing.name} is missing. Usage: ${usageOf(command)}.`,
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

function textOf(value: string | boolean | undefined, option: CommandOption | undefined): string | undefined {
  if (typeof value === 'string') return value
  return option?.kind === 'text' ? option.default : undefined
}

function numberOf(
  name: string,
  value: string | boolean | undefined,
  option: CommandOption | undefined,
): number | undefined {
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
