import { styleText } from 'node:util'
import type { Terminal } from './command.ts'

/** The lines of Laravel's console: `   INFO  text.  ` with blank lines around. */
export function writeInfo(terminal: Terminal, sentence: string): void {
  terminal.write(`\n  ${paint(terminal, ['bgBlue', 'white'], ' INFO ')} ${printable(sentence)}  \n`)
}

export function writeProblem(terminal: Terminal, sentence: string): void {
  terminal.writeError(`\n  ${paint(terminal, ['bgRed', 'white'], ' ERROR ')} ${printable(sentence)}  \n`)
}

/** A task: `  left ........ right`, filled to two columns before the end. */
export function writeDotted(terminal: Terminal, left: string, right: string): void {
  const dots = dotsBetween(terminal, left, right)
  terminal.write(`  ${printable(left)} ${dots} ${printable(right)}`)
}

/** A line of a list, which ends with its margin: `  left ........ right  `. */
export function writeTwoColumns(terminal: Terminal, left: string, right: string): void {
  const dots = dotsBetween(terminal, left, right)
  terminal.write(`  ${printable(left)} ${dots} ${printable(right)}  `)
}

/** The terminal is filled, of a wider one 150 columns. */
function dotsBetween(terminal: Terminal, left: string, right: string): string {
  const width = Math.min(terminal.columns, 150)
  return paint(terminal, ['gray'], '.'.repeat(Math.max(0, width - left.length - right.length - 6)))
}

/** Text from rows or from the command line without control characters, which a terminal would obey. */
export function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, '\ufffd')
}

type Format = Parameters<typeof styleText>[0]

/** Colours are for a person who watches; a pipe gets plain text. */
export function paint(terminal: Terminal, format: Format, text: string): string {
  const hasColours = terminal.hasColours ?? terminal.isInteractive
  return hasColours ? styleText(format, text, { validateStream: false }) : text
}

/** Up to a second as `12.35ms`, above in whole units: `1s`, `1m 1s`, `1h 2m 3s`. */
export function formatDuration(ms: number): string {
  if (ms <= 1000) return `${ms.toFixed(2)}ms`.replace(/^1000/, '1,000')
  const seconds = Math.floor(ms / 1000)
  const parts = [
    [Math.floor(seconds / 3600), 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [seconds % 60, 's'],
  ] as const
  return parts.flatMap(([value, unit]) => (value > 0 ? [`${value}${unit}`] : [])).join(' ')
}
