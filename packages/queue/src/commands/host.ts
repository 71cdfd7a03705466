import type { Queue } from '../queue.ts'
import { CommandError } from './command.ts'

/** Where the queue's commands find their queue; opened when a command runs, so that `--help` touches no database. */
export interface QueueCommandHost {
  /** What is opened is closed when the command ends. */
  open(): Promise<AsyncDisposable & { readonly queue: Queue }>
  /**
   * The program's own file. With it `queue:work` is a small process that watches over the processes that run the jobs, and
   * starts them with this file; without it the jobs run in the process that the command was given to. `queue:listen` starts
   * it again and again; there the file that this process was started with is the default.
   */
  readonly script?: string
  /**
   * Where those processes write down what they hold, for when they die: a folder of this user alone (mode 0700), made when
   * it is missing. Default: one below the system's folder for temporary files.
   */
  readonly recordFolder?: string
}

/** Commands take the name of a connection as Laravel's do; a program has one, and another name is a mistake. */
export function checkConnection(queue: Queue, name: string | undefined): void {
  if (name === undefined || name === queue.connectionName) return
  throw new CommandError({
    es: `No existe la conexión «${name}»: esta instalación usa «${queue.connectionName}» (QUEUE_CONNECTION en .env).`,
    en: `There is no connection "${name}": this installation uses "${queue.connectionName}" (QUEUE_CONNECTION in .env).`,
  })
}
