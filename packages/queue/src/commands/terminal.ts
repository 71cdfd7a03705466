import type { Locale, Terminal } from './command.ts'
import { outliveOutput } from './outlive-output.ts'

/** The terminal of this process, which goes on working when what it writes is lost. */
export function processTerminal(locale: Locale): Terminal {
  outliveOutput(() => locale)
  return {
    locale,
    isInteractive: process.stdout.isTTY === true,
    // Some terminals say 0 when they do not know.
    columns: process.stdout.columns || 80,
    write: (line) => process.stdout.write(`${line}\n`),
    writeError: (line) => process.stderr.write(`${line}\n`),
  }
}
