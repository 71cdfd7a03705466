import type { Locale, Terminal } from '../../src/commands/command.ts'

export interface RecordingTerminal extends Terminal {
  readonly output: string[]
  readonly errors: string[]
  /** Both, line by line, in the order in which a person sees them. */
  readonly lines: string[]
}

/** A terminal that remembers what was written. */
export function recordingTerminal(locale: Locale = 'en'): RecordingTerminal {
  const output: string[] = []
  const errors: string[] = []
  const lines: string[] = []
  const show = (pieces: string[], piece: string) => {
    pieces.push(piece)
    lines.push(...piece.split('\n'))
  }
  return {
    locale,
    isInteractive: false,
    columns: 80,
    output,
    errors,
    lines,
    write: (line) => show(output, line),
    writeError: (line) => show(errors, line),
  }
}
