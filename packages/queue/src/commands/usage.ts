import type { Command } from './command.ts'

/** `copy:verify [RUN]`. */
export function usageOf({ name, arguments: declared = [] }: Command): string {
  const parts = declared.map((each) => (each.required ? each.name : `[${each.name}]`) + (each.many ? '…' : ''))
  return [name, ...parts].join(' ')
}
