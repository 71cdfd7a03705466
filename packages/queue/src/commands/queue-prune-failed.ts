import type { Command } from './command.ts'
import { writeInfo } from './console.ts'
import type { QueueCommandHost } from './host.ts'
import { hoursOption } from './hours-option.ts'
import { prunedText } from './pruned-text.ts'

/** `queue:prune-failed [--hours=24]`: deletes old failed jobs, a thousand at a time. */
export function queuePruneFailedCommand(host: QueueCommandHost): Command {
  return {
    name: 'queue:prune-failed',
    summary: { es: 'Borra los trabajos fallidos antiguos', en: 'Prune stale entries from the failed jobs table' },
    options: {
      hours: {
        ...hoursOption({ es: 'Horas que se conservan', en: 'The number of hours to retain failed jobs data' }),
        default: 24,
      },
    },
    async run(input, terminal) {
      const hours = input.number('hours') ?? 24
      await using program = await host.open()
      const pruned = await program.queue.pruneFailed(hours)
      writeInfo(terminal, prunedText(pruned)[terminal.locale])
      return 0
    },
  }
}
