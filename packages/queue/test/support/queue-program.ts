import { type Locale, queueCommands, runCommand } from '../../src/commands/index.ts'
import { createQueue, type DispatchOptions, defineJob, type JobOptions, type Queue } from '../../src/index.ts'
import { connectionKinds, type OpenedConnection } from './connections.ts'
import { recordingTerminal } from './recording-terminal.ts'

class RuntimeException extends Error {
  override readonly name = 'RuntimeException'
}

const fail = () => {
  throw new RuntimeException('No se pudo conectar a la tienda ñ 2')
}

const jobs = [
  defineJob('App\\Jobs\\CopyProductsToClientJob', {}, () => undefined),
  defineJob('App\\Jobs\\ProtectedPropsJob', {}, fail),
]

type JobName = 'ProtectedPropsJob' | 'CopyProductsToClientJob'

/** A program with a queue of its own on SQLite, used through its commands. */
export interface Installed extends AsyncDisposable {
  readonly queue: Queue
  readonly opened: OpenedConnection
  /** Dispatches a job of `App\Jobs` that is named so; the first fails, the other does nothing. */
  readonly push: (name: JobName, options?: JobOptions & DispatchOptions) => Promise<unknown>
  readonly run: (words: readonly string[]) => Promise<{
    readonly code: number
    readonly output: readonly string[]
    readonly errors: readonly string[]
    readonly lines: readonly string[]
  }>
}

export async function installQueue(locale: Locale = 'en', script?: string): Promise<Installed> {
  const kind = connectionKinds.find(({ name }) => name === 'sqlite')
  if (!kind) throw new TypeError('There is no sqlite.')
  const opened = await kind.open()
  const queue = createQueue({ connection: opened.connection, jobs })
  const host = {
    open: async () => ({ queue, [Symbol.asyncDispose]: async () => undefined }),
    ...(script !== undefined && { script }),
  }
  const program = {
    name: './surtidor',
    version: 'Surtidor 1.2.3',
    summary: { es: 'Pruebas', en: 'Tests' },
    commands: queueCommands(host),
  }
  return {
    queue,
    opened,
    push: (name, { tries, backoff, ...options } = {}) => {
      const jobOptions = { ...(tries !== undefined && { tries }), ...(backoff !== undefined && { backoff }) }
      return queue.dispatch(
        defineJob(`App\\Jobs\\${name}`, jobOptions, () => undefined),
        {},
        options,
      )
    },
    run: async (words) => {
      const terminal = recordingTerminal(locale)
      const code = await runCommand(program, words, terminal)
      return { code, output: terminal.output, errors: terminal.errors, lines: terminal.lines }
    },
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  }
}
