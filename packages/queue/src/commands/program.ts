import type { Command, Text } from './command.ts'

/** The program that has the commands, as `runCommand` and the help need it. */
export interface Program {
  /** As a person types it: `./surtidor`. */
  readonly name: string
  /** What `--version` answers and lists begin with: `Surtidor 1.2.3`. */
  readonly version?: string
  readonly summary: Text
  readonly commands: readonly Command[]
  /** Hears of errors that nobody foresaw; the person sees one sentence of them. */
  readonly onDefect?: (error: unknown) => void
}
