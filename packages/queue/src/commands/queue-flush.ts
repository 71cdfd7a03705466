import type { Command, CommandInput, Text } from './command.ts'
import { UsageError } from './command.ts'
import { writeInfo } from './console.ts'
import { isSelective, selectionOf, selectionOptions, tellHowMany } from './failed-selection.ts'
import type { QueueCommandHost } from './host.ts'

/** `queue:flush [--hours=]`, `queue:flush --queue=… --job=… [--dry-run]`: deletes failed jobs. */
export function queueFlushCommand(host: QueueCommandHost): Command {
  return {
    name: 'queue:flush',
    summary: { es: 'Borra los trabajos fallidos', en: 'Flush all of the failed queue jobs' },
    options: {
      queue: {
        kind: 'text',
        summary: { es: 'Solo los de esta cola', en: 'Only those of this queue' },
      },
      ...selectionOptions,
      hours: {
        kind: 'number',
        max: 876_000,
        summary: {
          es: 'Solo los que fallaron hace más horas que estas',
          en: 'The number of hours to retain failed job data',
        },
      },
    },
    async run(input, terminal) {
      checkInput(input)
      const selection = selectionOf(input)
      await using program = await host.open()
      const { queue } = program
      if (input.flag('dry-run')) await tellHowMany(queue, selection, terminal)
      else if (isSelective(selection)) writeInfo(terminal, some(await queue.forgetAll(selection))[terminal.locale])
      else {
        const hours = input.number('hours')
        await queue.flush(hours)
        writeInfo(terminal, all(hours)[terminal.locale])
      }
      return 0
    },
  }
}

function checkInput(input: CommandInput): void {
  if (input.number('hours') === undefined) return
  if (!isSelective(selectionOf(input)) && !input.flag('dry-run')) return
  throw new UsageError({
    es: '--hours no va con --queue, --job ni --dry-run: use una cosa o la otra.',
    en: '--hours does not go with --queue, --job or --dry-run: use one or the other.',
  })
}

function some(count: number): Text {
  return {
    es: count === 1 ? 'Se borró 1 trabajo fallido.' : `Se borraron ${count} trabajos fallidos.`,
    en: count === 1 ? '1 failed job deleted successfully.' : `${count} failed jobs deleted successfully.`,
  }
}

function all(hours: number | undefined): Text {
  if (hours === undefined)
    return { es: 'Se borraron todos los trabajos fallidos.', en: 'All failed jobs deleted successfully.' }
  return {
    es: `Se borraron los trabajos que fallaron hace más de ${hours} horas.`,
    en: `All jobs that failed more than ${hours} hours ago have been deleted successfully.`,
  }
}
