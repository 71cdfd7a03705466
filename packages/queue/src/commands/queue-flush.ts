import type { Command } from './command.ts'
import { writeInfo } from './console.ts'
import type { QueueCommandHost } from './host.ts'

/** `queue:flush [--hours=]`: deletes failed jobs. */
export function queueFlushCommand(host: QueueCommandHost): Command {
  return {
    name: 'queue:flush',
    summary: { es: 'Borra los trabajos fallidos', en: 'Flush all of the failed queue jobs' },
    options: {
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
      const hours = input.number('hours')
      await using program = await host.open()
      const { queue } = program
      await queue.flush(hours)
      const text =
        hours === undefined
          ? { es: 'Se borraron todos los trabajos fallidos.', en: 'All failed jobs deleted successfully.' }
          : {
              es: `Se borraron los trabajos que fallaron hace más de ${hours} horas.`,
              en: `All jobs that failed more than ${hours} hours ago have been deleted successfully.`,
            }
      writeInfo(terminal, text[terminal.locale])
      return 0
    },
  }
}
