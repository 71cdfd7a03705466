import type { CommandOption, Text } from './command.ts'

/** A hundred years: more is a mistake. */
export function hoursOption(summary: Text): Extract<CommandOption, { kind: 'number' }> {
  return { kind: 'number', max: 876_000, summary }
}
