import type { Command } from './command.ts'
import { writeInfo } from './console.ts'
import { checkConnection, type QueueCommandHost } from './host.ts'
import { readQueues } from './read-queues.ts'

/** `queue:clear [connection] [--queue=]`: deletes the waiting and running jobs of queues. */
export function queueClearCommand(host: QueueCommandHost): Command {
  return {
    name: 'queue:clear',
    summary: { es: 'Borra todos los trabajos de una cola', en: 'Delete all of the jobs from the specified queue' },
    arguments: [
      { name: 'connection', summary: { es: 'Nombre de la conexión', en: 'The name of the queue connection to clear' } },
    ],
    options: {
      queue: { kind: 'text', summary: { es: 'Colas, separadas por comas', en: 'The name of the queue to clear' } },
      force: {
        kind: 'flag',
        summary: { es: 'No pregunta en producción', en: 'Force the operation to run when in production' },
      },
    },
    async run(input, terminal) {
      const queues = readQueues(input)
      await using program = await host.open()
      const { queue } = program
      checkConnection(queue, input.arguments[0])
      for (const name of queues ?? [queue.defaultQueue]) {
        const cleared = await queue.clear(name)
        const isOne = cleared === 1
        writeInfo(
          terminal,
          {
            es: `Se ${isOne ? 'borró 1 trabajo' : `borraron ${cleared} trabajos`} de la cola [${name}].`,
            en: `Cleared ${cleared} ${isOne ? 'job' : 'jobs'} from the [${name}] queue.`,
          }[terminal.locale],
        )
      }
      return 0
    },
  }
}
