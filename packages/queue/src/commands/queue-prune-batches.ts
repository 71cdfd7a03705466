import type { BatchFilter } from '../connection.ts'
import type { Command, CommandInput, Text } from './command.ts'
import { writeInfo } from './console.ts'
import type { QueueCommandHost } from './host.ts'
import { hoursOption } from './hours-option.ts'
import { prunedText } from './pruned-text.ts'

/** `queue:prune-batches [--hours=24] [--unfinished=] [--cancelled=]`: deletes old batches, a thousand at a time. */
export function queuePruneBatchesCommand(host: QueueCommandHost): Command {
  return {
    name: 'queue:prune-batches',
    summary: { es: 'Borra los lotes antiguos', en: 'Prune stale entries from the batches database' },
    options: {
      hours: {
        ...hoursOption({ es: 'Horas que se conservan', en: 'The number of hours to retain batch data' }),
        default: 24,
      },
      unfinished: hoursOption({
        es: 'Horas que se conservan los lotes sin terminar',
        en: 'The number of hours to retain unfinished batch data',
      }),
      cancelled: hoursOption({
        es: 'Horas que se conservan los lotes cancelados',
        en: 'The number of hours to retain cancelled batch data',
      }),
    },
    async run(input, terminal) {
      const filters = readFilters(input)
      await using program = await host.open()
      for (const filter of filters) {
        const pruned = await program.queue.pruneBatches(filter)
        writeInfo(terminal, prunedText(pruned, kinds[filter.state])[terminal.locale])
      }
      return 0
    },
  }
}

const kinds: Readonly<Record<BatchFilter['state'], Text>> = {
  finished: { es: '', en: '' },
  unfinished: { es: ' sin terminar', en: 'unfinished ' },
  cancelled: { es: ' de lotes cancelados', en: 'cancelled ' },
}

/** Finished ones always; the others where their hours are given. */
function readFilters(input: CommandInput): readonly BatchFilter[] {
  const hours = [
    ['finished', input.number('hours')],
    ['unfinished', input.number('unfinished')],
    ['cancelled', input.number('cancelled')],
  ] as const
  return hours.flatMap(([state, olderThanHours]) => (olderThanHours === undefined ? [] : [{ state, olderThanHours }]))
}
