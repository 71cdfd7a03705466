import type { Command, Text } from './command.ts'

/** The program that has the commands, as `runCommand` and the help need it. */
export interface Program {
  /** As a person types it: `./surtidor`. */
  readonly name: string
  readonly summary: Text
  readonly commands: readonly Command[]
  /** Hears of errors that nobody foresaw; the person sees one sentence of them. */
  readonly onDefect?: (error: unknown) => void
}
