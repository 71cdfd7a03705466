import type { Queue } from '../queue.ts'
import { CommandError } from './command.ts'

/** Where the queue's commands find their queue; opened when a command runs, so that `--help` touches no database. */
export interface QueueCommandHost {
  /** What is opened is closed when the command ends. */
  open(): Promise<AsyncDisposable & { readonly queue: Queue }>
  /** The file that `queue:listen` runs again and again. Default: the one this process was started with. */
  readonly script?: string
}

/** Commands take the name of a connection as Laravel's do; a program has one, and another name is a mistake. */
export function checkConnection(queue: Queue, name: string | undefined): void {
  if (name === undefined || name === queue.connectionName) return
  throw new CommandError({
    es: `No existe la conexión «${name}»: esta instalación usa «${queue.connectionName}» (QUEUE_CONNECTION en .env).`,
    en: `There is no connection "${name}": this installation uses "${queue.connectionName}" (QUEUE_CONNECTION in .env).`,
  })
}
