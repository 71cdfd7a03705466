import { type CommandInput, UsageError } from './command.ts'

/** The names of `--queue=high,default`, trimmed and each once; undefined when the option is not given. */
export function readQueues(input: CommandInput): readonly string[] | undefined {
  const text = input.text('queue')
  if (text === undefined) return undefined
  const queues = text.split(',').map((name) => name.trim())
  if (!queues.includes('')) return [...new Set(queues)]
  throw new UsageError({
    es: `--queue=${text} no sirve: escriba uno o más nombres separados por comas.`,
    en: `--queue=${text} cannot be used: give one or more names separated by commas.`,
  })
}
