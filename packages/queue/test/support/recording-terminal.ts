import type { Locale, Terminal } from '../../src/commands/command.ts'

export interface RecordingTerminal extends Terminal {
  readonly output: string[]
  readonly errors: string[]
}

/** A terminal that remembers what was written. */
export function recordingTerminal(locale: Locale = 'en'): RecordingTerminal {
  const output: string[] = []
  const errors: string[] = []
  return {
    locale,
    isInteractive: false,
    columns: 80,
    output,
    errors,
    write: (line) => output.push(line),
    writeError: (line) => errors.push(line),
  }
}
