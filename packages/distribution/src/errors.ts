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
