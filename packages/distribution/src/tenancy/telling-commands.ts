import type { Command } from '@surtidor/queue/commands'
import { ApplicationError } from '../errors.ts'
import { isOfStore } from './store-errors.ts'
import { storeProblem } from './store-problem.ts'

/** The store's database could not be read or written; `cause` is what it said. */
export class StoreUnusableError extends ApplicationError {
  readonly code = 'STORE_UNUSABLE'
}

/** The same commands: what is wrong with a store's database is a sentence with the next step. */
export function tellingStoreProblems(commands: readonly Command[]): readonly Command[] {
  return commands.map((command) => ({ ...command, run: telling(command) }))
}

function telling(command: Command): Command['run'] {
  return async (input, terminal) => {
    try {
      return await command.run(input, terminal)
    } catch (error) {
      throw inWords(error)
    }
  }
}

function inWords(error: unknown): unknown {
  if (error instanceof ApplicationError || !isOfStore(error)) return error
  const problem = storeProblem(error)
  return problem ? new StoreUnusableError(problem, { cause: error }) : error
}
