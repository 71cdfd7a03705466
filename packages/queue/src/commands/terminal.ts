import type { Locale, Terminal } from './command.ts'

/** The terminal of this process. */
export function processTerminal(locale: Locale): Terminal {
  return {
    locale,
    isInteractive: process.stdout.isTTY === true,
    // Some terminals say 0 when they do not know.
    columns: process.stdout.columns || 80,
    write: (line) => process.stdout.write(`${line}\n`),
    writeError: (line) => process.stderr.write(`${line}\n`),
  }
}
