import type { Queue } from '../queue.ts'
import type { Command, CommandInput, Terminal, Text } from './command.ts'
import { UsageError } from './command.ts'
import { formatDuration, writeDotted, writeInfo, writeProblem } from './console.ts'
import { isSelective, selectionOf, selectionOptions, tellHowMany } from './failed-selection.ts'
import type { QueueCommandHost } from './host.ts'

/** `queue:retry all`, `queue:retry UUID…`, `queue:retry --queue=… --job=… [--dry-run]`: exit 1 when an id is not found. */
export function queueRetryCommand(host: QueueCommandHost): Command {
  return {
    name: 'queue:retry',
    summary: { es: 'Reintenta trabajos fallidos', en: 'Retry a failed queue job' },
    arguments: [
      {
        name: 'id',
        many: true,
        summary: {
          es: 'Id del trabajo fallido, o «all» para todos',
          en: 'The ID of the failed job or "all" to retry all jobs',
        },
      },
    ],
    options: {
      queue: {
        kind: 'text',
        summary: { es: 'Todos los fallidos de esta cola', en: 'Retry all of the failed jobs for the specified queue' },
      },
      ...selectionOptions,
      range: {
        kind: 'text',
        summary: {
          es: 'No sirve aquí: los ids no son números',
          en: 'Range of job IDs (numeric) to be retried (e.g. 1-5) (multiple values allowed)',
        },
      },
    },
    async run(input, terminal) {
      checkInput(input)
      await using program = await host.open()
      const { queue } = program
      if (input.flag('dry-run')) {
        await tellHowMany(queue, selectionOf(input), terminal)
        return 0
      }
      const uuids = await chosenUuids(queue, input)
      if (uuids.length === 0) {
        writeInfo(terminal, texts.none[terminal.locale])
        return 0
      }
      writeInfo(terminal, texts.pushing[terminal.locale])
      return await retryEach(queue, uuids, terminal)
    },
  }
}

const texts = {
  none: { es: 'No hay trabajos para reintentar.', en: 'No retryable jobs found.' },
  pushing: { es: 'Devolviendo los trabajos fallidos a su cola.', en: 'Pushing failed queue jobs back onto the queue.' },
} satisfies Record<string, Text>

function checkInput(input: CommandInput): void {
  const range = input.text('range')
  if (range !== undefined) throw rangeError(range)
  const isByUuid = input.arguments.length > 0 && !isAll(input)
  if (isByUuid && (isSelective(selectionOf(input)) || input.flag('dry-run'))) throw bothError
  if (input.arguments.length > 0 || isSelective(selectionOf(input))) return
  throw new UsageError({
    es: 'Diga cuáles: un id de «queue:failed», varios, «all», --queue=NOMBRE o --job=NOMBRE.',
    en: 'Say which: an id of "queue:failed", several, "all", --queue=NAME or --job=NAME.',
  })
}

const bothError = new UsageError({
  es: 'Diga ids, o «all» con --queue, --job y --dry-run: no ambas cosas.',
  en: 'Give ids, or "all" with --queue, --job and --dry-run, not both.',
})

function rangeError(range: string): UsageError {
  return new UsageError({
    es: `--range=${range} no sirve: los trabajos fallidos tienen uuids, no números. Diga ids de «queue:failed», «all», o --queue=NOMBRE.`,
    en: `--range=${range} cannot be used: failed jobs have uuids, not numbers. Give ids of "queue:failed", "all", or --queue=NAME.`,
  })
}

function chosenUuids(queue: Queue, input: CommandInput): Promise<readonly string[]> | readonly string[] {
  const selection = selectionOf(input)
  return isAll(input) || isSelective(selection) ? queue.failedUuids(selection) : input.arguments
}

function isAll(input: CommandInput): boolean {
  return input.arguments.length === 1 && input.arguments[0] === 'all'
}

async function retryEach(queue: Queue, uuids: readonly string[], terminal: Terminal): Promise<number> {
  let missing = 0
  for (const uuid of uuids) {
    const startedAt = performance.now()
    if (await queue.retry(uuid)) {
      writeDotted(terminal, uuid, `${formatDuration(performance.now() - startedAt)} DONE`)
    } else {
      missing += 1
      writeProblem(terminal, notFound(uuid)[terminal.locale])
    }
  }
  terminal.write('')
  return missing === 0 ? 0 : 1
}

function notFound(uuid: string): Text {
  return {
    es: `No se encontró el trabajo fallido [${uuid}]. Vea los que hay con «queue:failed».`,
    en: `Unable to find failed job with ID [${uuid}].`,
  }
}
