import type { Transaction } from '../connection.ts'
import { InvalidOptionError } from '../errors.ts'

/**
 * The end of a job as part of its handler's own transaction. While that is open the row is locked, and after the commit it
 * is gone: until it is known to be undone nobody else can have the job, whatever a renewal of the reservation answers.
 */
export class Completion {
  #state: 'none' | 'open' | 'committed' = 'none'

  get isCommitted(): boolean {
    return this.#state === 'committed'
  }

  /** It was asked for, and is not known to be undone. */
  get isUnderWay(): boolean {
    return this.#state !== 'none'
  }

  /** Answers what `conclude` does: false when the reservation is not the current one. */
  async run(tx: Transaction, conclude: () => Promise<boolean>): Promise<boolean> {
    if (this.isUnderWay) throw new InvalidOptionError('completeIn', 'called twice', 'one call in an attempt')
    this.#state = 'open'
    try {
      const isCurrent = await conclude()
      if (isCurrent) this.#follow(tx)
      else this.#state = 'none'
      return isCurrent
    } catch (error) {
      this.#state = 'none'
      throw error
    }
  }

  #follow(tx: Transaction): void {
    tx.afterCommit(() => {
      this.#state = 'committed'
    })
    tx.afterRollback?.(() => {
      this.#state = 'none'
    })
  }
}
