import { maxQueues } from '../worker/worker-options.ts'
import { type CommandInput, UsageError } from './command.ts'

/** The names of `--queue=high,default`, trimmed and each once; undefined when the option is not given. */
export function readQueues(input: CommandInput): readonly string[] | undefined {
  const text = input.text('queue')
  if (text === undefined) return undefined
  const queues = text.split(',').map((name) => name.trim())
  if (!queues.includes('') && queues.length <= maxQueues) return [...new Set(queues)]
  throw new UsageError({
    es: `--queue=${text} no sirve: escriba de 1 a ${maxQueues} nombres separados por comas.`,
    en: `--queue=${text} cannot be used: give 1 to ${maxQueues} names separated by commas.`,
  })
}
