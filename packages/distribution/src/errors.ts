import { CommandError, type Text } from '@surtidor/queue/commands'

/**
 * An error that a person can act on: the text names what happened, the value and the next step. The command line prints
 * it and exits 1; the pages show it.
 */
export abstract class ApplicationError extends CommandError {
  abstract readonly code: string

  constructor(text: Text, options?: ErrorOptions) {
    super(text, options)
    this.name = new.target.name
  }
}

export class StoreBusyError extends ApplicationError {
  readonly code = 'DATABASE_BUSY'

  constructor(path: string, seconds: number, options?: ErrorOptions) {
    super(
      {
        es: `La base de datos ${path} sigue ocupada después de ${seconds} segundos. Busque el proceso que la retiene e intente de nuevo.`,
        en: `The database ${path} is still locked after ${seconds} seconds. Find the process that holds it, then try again.`,
      },
      options,
    )
  }
}
