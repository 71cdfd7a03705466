import type { Command, CommandArgument } from './command.ts'

type Called = Pick<Command, 'name' | 'arguments'>

/** `copy:verify [RUN]`. */
export function usageOf({ name, arguments: declared = [] }: Called): string {
  const parts = declared.map((each) => (each.required ? each.name : `[${each.name}]`) + (each.many ? '…' : ''))
  return [name, ...parts].join(' ')
}

/** As artisan's help says it: `copy:verify [options] [--] [<RUN>]`. */
export function synopsisOf({ name, arguments: declared = [] }: Called, options: string): string {
  const divider = declared.length > 0 ? ['[--]'] : []
  return [name, `[${options}]`, ...divider, ...declared.map(argumentSynopsis)].join(' ')
}

function argumentSynopsis({ name, required, many }: CommandArgument): string {
  const words = `<${name}>${many ? '...' : ''}`
  return required ? words : `[${words}]`
}
