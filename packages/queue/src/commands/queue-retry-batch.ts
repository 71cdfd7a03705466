import type { Queue } from '../queue.ts'
import type { Command, Terminal, Text } from './command.ts'
import { formatDuration, writeDotted, writeInfo, writeProblem } from './console.ts'
import type { QueueCommandHost } from './host.ts'

/** `queue:retry-batch ID…`: retries the failed jobs of batches; exit 1 when a batch or one of the jobs is not found. */
export function queueRetryBatchCommand(host: QueueCommandHost): Command {
  return {
    name: 'queue:retry-batch',
    summary: { es: 'Reintenta los trabajos fallidos de un lote', en: 'Retry the failed jobs for a batch' },
    arguments: [
      {
        name: 'id',
        required: true,
        many: true,
        summary: {
          es: 'Id del lote cuyos trabajos fallidos se reintentan',
          en: 'The ID of the batch whose failed jobs should be retried',
        },
      },
    ],
    async run(input, terminal) {
      await using program = await host.open()
      writeInfo(terminal, texts.pushing[terminal.locale])
      let isComplete = true
      for (const id of input.arguments) isComplete = (await retryBatch(program.queue, id, terminal)) && isComplete
      return isComplete ? 0 : 1
    },
  }
}

const texts = {
  pushing: {
    es: 'Devolviendo los trabajos fallidos de los lotes a su cola.',
    en: 'Pushing failed batch jobs back onto the queue.',
  },
  empty: {
    es: 'El lote no tiene trabajos fallidos.',
    en: 'The given batch does not contain any failed jobs.',
  },
} satisfies Record<string, Text>

async function retryBatch(queue: Queue, id: string, terminal: Terminal): Promise<boolean> {
  const { locale } = terminal
  const uuids = await queue.failedInBatch(id)
  if (uuids === undefined || uuids.length === 0) {
    writeProblem(terminal, (uuids ? texts.empty : notFound(id))[locale])
    return false
  }
  writeInfo(terminal, pushingOf(id)[locale])
  const retried: boolean[] = []
  for (const uuid of uuids) retried.push(await retryOne(queue, uuid, terminal))
  terminal.write('')
  return retried.every(Boolean)
}

/** Laravel says DONE also of a job that is not there any more. */
async function retryOne(queue: Queue, uuid: string, terminal: Terminal): Promise<boolean> {
  const startedAt = performance.now()
  const isRetried = await queue.retry(uuid)
  writeDotted(terminal, uuid, `${formatDuration(performance.now() - startedAt)} ${isRetried ? 'DONE' : 'FAIL'}`)
  return isRetried
}

function notFound(id: string): Text {
  return {
    es: `No se encontró un lote con el id [${id}].`,
    en: `Unable to find a batch with ID [${id}].`,
  }
}

function pushingOf(id: string): Text {
  return {
    es: `Devolviendo los trabajos fallidos del lote [${id}] a su cola.`,
    en: `Pushing failed queue jobs of the batch [${id}] back onto the queue.`,
  }
}
