import type { Queue } from '../queue.ts'
import { type Command, type CommandInput, type Text, UsageError } from './command.ts'
import { writeInfo } from './console.ts'
import { checkConnection, type QueueCommandHost } from './host.ts'

const argument = {
  name: 'queue',
  summary: { es: 'La cola, o conexión:cola', en: 'The name of the queue, or connection:queue' },
} as const
const all = { kind: 'flag', summary: { es: 'Todas las colas', en: 'All queues' } } as const

/** `queue:pause [connection:]queue`, `queue:pause --all`: workers take no jobs of it, Laravel's neither. */
export function queuePauseCommand(host: QueueCommandHost): Command {
  const summary = { es: 'Detiene una cola hasta «queue:resume»', en: 'Pause job processing for a specific queue' }
  return orderCommand(host, { name: 'queue:pause', summary, act: (queue, name) => queue.pause(name), text: pausedText })
}

/** `queue:resume [connection:]queue`, `queue:resume --all`; a queue that was paused by name stays so under `--all`. */
export function queueResumeCommand(host: QueueCommandHost): Command {
  const summary = { es: 'Reanuda una cola detenida', en: 'Resume job processing for a paused queue' }
  const act = (queue: Queue, name: string | undefined) => queue.resume(name)
  return {
    ...orderCommand(host, { name: 'queue:resume', summary, act, text: resumedText }),
    aliases: ['queue:continue'],
  }
}

interface Order {
  readonly name: string
  readonly summary: Text
  readonly act: (queue: Queue, name: string | undefined) => Promise<unknown>
  readonly text: (queue: Queue, name: string | undefined) => Text
}

function orderCommand(host: QueueCommandHost, { name, summary, act, text }: Order): Command {
  return {
    name,
    summary,
    arguments: [argument],
    options: { all },
    async run(input, terminal) {
      const chosen = readChosen(input)
      await using program = await host.open()
      const { queue } = program
      const queueName = nameIn(queue, chosen)
      await act(queue, queueName)
      writeInfo(terminal, text(queue, queueName)[terminal.locale])
      return 0
    },
  }
}

/** The argument as it stands; undefined for all queues. */
function readChosen(input: CommandInput): string | undefined {
  const [name] = input.arguments
  if ((name === undefined) !== input.flag('all')) {
    throw new UsageError({
      es: 'Diga una cola, o --all para todas.',
      en: 'Name one queue, or give --all for all of them.',
    })
  }
  return name
}

/** Only the first colon divides: the name of a queue may have others. */
function nameIn(queue: Queue, chosen: string | undefined): string | undefined {
  if (chosen === undefined) return undefined
  const colon = chosen.indexOf(':')
  if (colon > 0) checkConnection(queue, chosen.slice(0, colon))
  return chosen.slice(colon + 1) || queue.defaultQueue
}

/** Also what a worker says that hears of it. */
export function pausedText(queue: Queue, name: string | undefined): Text {
  if (name === undefined)
    return { es: 'Se detuvieron todas las colas.', en: 'Job processing on all queues has been paused.' }
  const place = `${queue.connectionName}:${name}`
  return { es: `Se detuvo la cola [${place}].`, en: `Job processing on queue [${place}] has been paused.` }
}

/** Also what a worker says that hears of it. */
export function resumedText(queue: Queue, name: string | undefined): Text {
  if (name === undefined) {
    return {
      es: 'Se reanudaron las colas, salvo las que se detuvieron por su nombre.',
      en: 'Job processing on all queues has been resumed, but for those that were paused by name.',
    }
  }
  const place = `${queue.connectionName}:${name}`
  return { es: `Se reanudó la cola [${place}].`, en: `Job processing on queue [${place}] has been resumed.` }
}
