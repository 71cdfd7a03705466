import type { ParseArgsOptionDescriptor } from 'node:util'
import type { GlobalOptions, Text } from './command.ts'

export interface GlobalOption {
  /** As the help shows it. */
  readonly synopsis: string
  readonly summary: Text
  readonly parsed: Readonly<Record<string, ParseArgsOptionDescriptor>>
}

/** The options of every command: artisan's, in its order. */
export const globalOptions: readonly GlobalOption[] = [
  {
    synopsis: '-h, --help',
    summary: {
      es: 'Muestra la ayuda de una orden; sin orden, la de la lista',
      en: 'Display help for the given command. When no command is given display help for the list command',
    },
    parsed: { help: { type: 'boolean', short: 'h' } },
  },
  {
    synopsis: '-q, --quiet',
    summary: { es: 'No escribe nada, salvo errores', en: 'Do not output any message' },
    parsed: { quiet: { type: 'boolean', short: 'q' } },
  },
  {
    synopsis: '-V, --version',
    summary: { es: 'Muestra la versión', en: 'Display this application version' },
    parsed: { version: { type: 'boolean', short: 'V' } },
  },
  {
    synopsis: '    --ansi|--no-ansi',
    summary: { es: 'Siempre con colores, o nunca (--no-ansi)', en: 'Force (or disable --no-ansi) ANSI output' },
    parsed: { ansi: { type: 'boolean' }, 'no-ansi': { type: 'boolean' } },
  },
  {
    synopsis: '-n, --no-interaction',
    summary: { es: 'No pregunta nada; ninguna orden pregunta', en: 'Do not ask any interactive question' },
    parsed: { 'no-interaction': { type: 'boolean', short: 'n' } },
  },
  {
    synopsis: '    --env[=ENV]',
    summary: {
      es: 'Se acepta, como en Laravel; los ajustes son los de .env',
      en: 'The environment the command should run under',
    },
    parsed: { env: { type: 'string' } },
  },
  {
    synopsis: '-v|vv|vvv, --verbose',
    summary: {
      es: 'Dice más: 1 vez normal, 2 más, 3 para depurar',
      en: 'Increase the verbosity of messages: 1 for normal output, 2 for more verbose output and 3 for debug',
    },
    parsed: { verbose: { type: 'boolean', short: 'v', multiple: true } },
  },
]

type Value = string | boolean | readonly (string | boolean)[] | undefined

export function readGlobalOptions(values: Readonly<Record<string, Value>>): GlobalOptions {
  const { quiet, ansi, verbose, env, 'no-ansi': noAnsi } = values
  return {
    verbosity: Array.isArray(verbose) ? verbose.length : 0,
    isQuiet: quiet === true,
    hasColours: noAnsi === true ? false : ansi === true || undefined,
    environment: typeof env === 'string' ? env : undefined,
  }
}
