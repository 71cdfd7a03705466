import { onStopSignals } from '../supervisor/stop-signals.ts'
import type { Command, CommandInput, Terminal } from './command.ts'
import { writeInfo } from './console.ts'
import { checkConnection, type QueueCommandHost } from './host.ts'
import { Listener } from './listener.ts'
import { processingText } from './queue-work.ts'
import { readQueues } from './read-queues.ts'
import { readBackoff, sharedOptions } from './work-options.ts'

/** `queue:listen`: runs `queue:work --once` in a process of its own for each job, so that changed code is seen at once. */
export function queueListenCommand(host: QueueCommandHost): Command {
  return {
    name: 'queue:listen',
    summary: { es: 'Procesa cada trabajo en un proceso nuevo', en: 'Listen to a given queue' },
    arguments: [{ name: 'connection', summary: { es: 'Nombre de la conexión', en: 'The name of connection' } }],
    options: listenOptions,
    async run(input, terminal) {
      const queues = await checkedQueues(host, input)
      writeInfo(terminal, processingText(queues)[terminal.locale])
      const listener = new Listener({
        script: host.script ?? process.argv[1] ?? '',
        words: childWords(input, terminal),
        terminal,
        limitSeconds: limitOf(input),
        restSeconds: input.number('rest') ?? 0,
      })
      const stopListening = onStopSignals(() => listener.stop())
      await listener.run().finally(stopListening)
      return 0
    },
  }
}

const { name, delay, backoff, force, memory, sleep, rest, tries } = sharedOptions

const listenOptions = {
  name,
  delay,
  backoff,
  force,
  memory,
  queue: { kind: 'text', summary: { es: 'Colas, en orden de prioridad', en: 'The queue to listen on' } },
  sleep,
  rest,
  timeout: {
    kind: 'number',
    default: 60,
    max: 86_400,
    summary: {
      es: 'Segundos que puede durar un trabajo; 0 sin límite',
      en: 'The number of seconds a child process can run',
    },
  },
  tries,
} as const

/** What a child would refuse again and again is refused before the first. */
async function checkedQueues(host: QueueCommandHost, input: CommandInput): Promise<string> {
  readBackoff(input)
  const queues = readQueues(input)
  await using program = await host.open()
  checkConnection(program.queue, input.arguments[0])
  return queues?.join(',') ?? program.queue.defaultQueue
}

const passedOn = ['name', 'queue', 'backoff'] as const
const passedOnNumbers = ['delay', 'memory', 'sleep', 'timeout', 'tries'] as const

function childWords(input: CommandInput, terminal: Terminal): readonly string[] {
  const { verbosity, isQuiet, environment } = input.global
  const texts = passedOn.map((option) => [option, input.text(option)] as const)
  const numbers = passedOnNumbers.map((option) => [option, input.number(option)] as const)
  const given = [...texts, ...numbers, ['env', environment] as const]
  return [
    'queue:work',
    '--once',
    ...given.flatMap(([option, value]) => (value === undefined ? [] : [`--${option}=${value}`])),
    ...(input.flag('force') ? ['--force'] : []),
    ...(isQuiet ? ['--quiet'] : []),
    ...Array.from({ length: verbosity }, () => '-v'),
    // The child writes into a pipe, and would take it for a reader without colours.
    ...((terminal.hasColours ?? terminal.isInteractive) ? ['--ansi'] : []),
    ...(input.arguments[0] === undefined ? [] : ['--', input.arguments[0]]),
  ]
}

/** A job that ignores its timeout is given up by the child itself five seconds later; starting takes time as well. */
const graceSeconds = 10

/** The child waits for a job, then has its time for it; 0 for no limit. */
function limitOf(input: CommandInput): number {
  const timeout = input.number('timeout') ?? 0
  return timeout === 0 ? 0 : timeout + (input.number('sleep') ?? 0) + graceSeconds
}
