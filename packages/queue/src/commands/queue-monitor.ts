import type { QueueSize } from '../connection.ts'
import { DatabaseUnusableError } from '../errors.ts'
import type { Queue } from '../queue.ts'
import { type Command, type Terminal, type Text, UsageError } from './command.ts'
import { writeTwoColumns } from './console.ts'
import { checkConnection, type QueueCommandHost } from './host.ts'
import { toLaravelJson } from './laravel-json.ts'

/**
 * `queue:monitor [connection:]queue,… [--max=1000] [--json]`: exit 1 when a queue has as many jobs or more. A queue that is
 * paused says so after its state, which Laravel's does not: its jobs wait, and nothing else would tell why.
 */
export function queueMonitorCommand(host: QueueCommandHost): Command {
  return {
    name: 'queue:monitor',
    summary: { es: 'Muestra el tamaño de las colas y avisa', en: 'Monitor the size of the specified queues' },
    arguments: [
      {
        name: 'queues',
        required: true,
        summary: {
          es: 'Colas separadas por comas; también conexión:cola',
          en: 'The names of the queues to monitor',
        },
      },
    ],
    options: {
      max: {
        kind: 'number',
        default: 1_000,
        summary: {
          es: 'Trabajos desde los cuales una cola está en ALERT',
          en: 'The maximum number of jobs that can be on the queue before an event is dispatched',
        },
      },
      json: { kind: 'flag', summary: { es: 'Escribe una lista de JSON', en: 'Output the queue size as JSON' } },
    },
    async run(input, terminal) {
      const places = readPlaces(input.arguments[0] ?? '')
      await using program = await host.open()
      const { queue } = program
      for (const { connection } of places) checkConnection(queue, connection)
      const max = input.number('max') ?? 0
      const states = await Promise.all(places.map(({ name }) => lookAt(queue, name, max)))
      if (input.flag('json')) terminal.write(toLaravelJson(states))
      else printStates(states, terminal)
      return states.some(({ status }) => status === 'ALERT') ? 1 : 0
    },
  }
}

interface Place {
  readonly connection: string | undefined
  readonly name: string
}

const maxPlaces = 100

/** Only the first colon of each divides. */
function readPlaces(text: string): readonly Place[] {
  const places = text.split(',').map(readPlace)
  if (places.length <= maxPlaces && places.every(({ name }) => name !== '')) return places
  throw new UsageError({
    es: `«${text}» no sirve: escriba de 1 a ${maxPlaces} colas separadas por comas, como default,database:alta.`,
    en: `"${text}" cannot be used: give 1 to ${maxPlaces} queues separated by commas, such as default,database:high.`,
  })
}

function readPlace(part: string): Place {
  const word = part.trim()
  const colon = word.indexOf(':')
  if (colon < 0) return { connection: undefined, name: word }
  return { connection: word.slice(0, colon), name: word.slice(colon + 1).trim() }
}

interface QueueState {
  readonly connection: string
  readonly queue: string
  readonly size: number
  readonly pending: number
  readonly delayed: number
  readonly reserved: number
  /** Unix seconds. */
  readonly oldest_pending: number | null
  readonly status: 'OK' | 'ALERT'
  readonly paused: boolean
}

async function lookAt(queue: Queue, name: string, max: number): Promise<QueueState> {
  const [sizes, oldest, paused] = await Promise.all([queue.size(name), queue.oldestDue(name), isPaused(queue, name)])
  const size = total(sizes)
  return {
    connection: queue.connectionName,
    queue: name,
    size,
    ...sizes,
    oldest_pending: oldest ?? null,
    status: size >= max ? 'ALERT' : 'OK',
    paused,
  }
}

/** Where an application has no table for its cache, nobody can pause a queue. */
async function isPaused(queue: Queue, name: string): Promise<boolean> {
  try {
    return await queue.isPaused(name)
  } catch (error) {
    if (error instanceof DatabaseUnusableError && error.problem === 'missing_tables') return false
    throw error
  }
}

function total({ pending, delayed, reserved }: QueueSize): number {
  return pending + delayed + reserved
}

const heading: readonly [Text, Text] = [
  { es: 'Nombre de la cola', en: 'Queue name' },
  { es: 'Tamaño / Estado', en: 'Size / Status' },
]

function printStates(states: readonly QueueState[], terminal: Terminal): void {
  const [name, size] = heading
  terminal.write('')
  writeTwoColumns(terminal, name[terminal.locale], size[terminal.locale])
  for (const { connection, queue, size, status, paused } of states) {
    writeTwoColumns(terminal, `[${connection}] ${queue}`, `[${size}] ${status}${paused ? ' PAUSED' : ''}`)
  }
  terminal.write('')
}
