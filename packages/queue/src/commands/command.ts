/**
 * What a command of the command line is. A command says its name, arguments and options as data; parsing, help and
 * usage errors are the same for all (`run-command.ts`). Output is Spanish or English, names are English as in Laravel.
 */

export type Locale = 'es' | 'en'

/** A sentence in every language of the command line. */
export type Text = Readonly<Record<Locale, string>>

export interface Command {
  readonly name: string
  readonly aliases?: readonly string[]
  readonly summary: Text
  readonly arguments?: readonly CommandArgument[]
  readonly options?: Readonly<Record<string, CommandOption>>
  /** Answers the exit code: 0 done, 1 failed or found wrong, 2 wrong usage, 12 memory. */
  run(input: CommandInput, terminal: Terminal): Promise<number>
}

export interface CommandArgument {
  readonly name: string
  readonly summary: Text
  readonly required?: boolean
  /** True on the last argument when it takes all that is left. */
  readonly many?: boolean
}

export type CommandOption =
  | { readonly kind: 'flag'; readonly summary: Text }
  | { readonly kind: 'text'; readonly summary: Text; readonly default?: string }
  | {
      readonly kind: 'number'
      readonly summary: Text
      readonly default?: number
      readonly min?: number
      readonly max?: number
      /** Fractions are refused unless true. */
      readonly fractions?: boolean
    }

/** Parsed and checked; asking for an option that the command does not declare is a programming error and throws. */
export interface CommandInput {
  readonly arguments: readonly string[]
  readonly global: GlobalOptions
  flag(option: string): boolean
  text(option: string): string | undefined
  number(option: string): number | undefined
}

/** What every command takes. */
export interface GlobalOptions {
  /** How often `-v` was said. */
  readonly verbosity: number
  /** Nothing but errors is written. */
  readonly isQuiet: boolean
  /** `--ansi` or `--no-ansi`; undefined where the terminal decides. */
  readonly hasColours: boolean | undefined
  readonly environment: string | undefined
}

export interface Terminal {
  readonly locale: Locale
  /** True when a person watches: progress bars are for them only. */
  readonly isInteractive: boolean
  /** Where it is not said, a person who watches gets colours. */
  readonly hasColours?: boolean
  readonly columns: number
  /** One line, or a piece with `\n`, to standard output. */
  write(line: string): void
  /** To standard error. */
  writeError(line: string): void
}

/** The command line was used wrongly: the sentence goes to standard error and the exit code is 2. */
export class UsageError extends Error {
  readonly text: Text

  constructor(text: Text) {
    super(text.en)
    this.name = 'UsageError'
    this.text = text
  }
}

/** Something a person asked for could not be done: the sentence goes to standard error and the exit code is 1. */
export class CommandError extends Error {
  readonly text: Text

  constructor(text: Text, options?: ErrorOptions) {
    super(text.en, options)
    this.name = 'CommandError'
    this.text = text
  }
}
