import type { Locale, Terminal } from './command.ts'

/** The terminal of this process. */
export function processTerminal(locale: Locale): Terminal {
  return {
    locale,
    isInteractive: process.stdout.isTTY === true,
    columns: process.stdout.columns ?? 80,
    write: (line) => process.stdout.write(`${line}\n`),
    writeError: (line) => process.stderr.write(`${line}\n`),
  }
}
