import type { QueryResult, SqlValue } from '../../../src/connection.ts'
import type { Dialect, Driver, Executor } from '../../../src/drivers/driver.ts'
import { callUnderWay, type StartedCall } from '../model/call.ts'
import { namedReservations } from '../model/named-reservations.ts'
import type { Effect, SimulatedDatabase } from './simulated-database.ts'
import type { Fate, SimulatedProcess } from './simulated-process.ts'
import { realTurn } from './simulated-timers.ts'

/** Does `act` when the schedule says so; nothing else happens until it has ended. */
export type Step = (label: string, act: () => Promise<void>) => void

export interface Wire {
  readonly database: SimulatedDatabase
  readonly process: SimulatedProcess
  readonly step: Step
  readonly onFault: (fate: Fate) => void
  readonly onEffect: (call: StartedCall, effect: Effect) => void
}

/**
 * The way of one process to the database. Every statement outside a transaction, and every transaction as a whole, is two
 * steps of the schedule: when it is carried out, and when its sender hears the answer.
 */
export class SimulatedDriver implements Driver {
  readonly lanes = 2
  readonly batch = 100
  readonly label = 'simulated'
  readonly #wire: Wire

  constructor(wire: Wire) {
    this.#wire = wire
  }

  async dialect(): Promise<Dialect> {
    return this.#wire.database.dialect
  }

  forgetDialect(): void {}

  explain(error: unknown): unknown {
    return error
  }

  async change(sql: string): Promise<void> {
    await this.query(sql)
  }

  query(sql: string, parameters?: readonly SqlValue[]): Promise<QueryResult> {
    return this.#send((onEffect) => this.#wire.database.query(sql, parameters, onEffect))
  }

  transaction<T>(work: (executor: Executor) => Promise<T>): Promise<T> {
    const { database } = this.#wire
    return this.#send(async (onEffect, fate) => {
      if (fate === 'cut') return database.transaction((executor) => work(brokenOff(executor)), onEffect)
      if (fate === 'again') await undone(database, work, onEffect)
      return database.transaction(work, onEffect)
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  async #send<T>(carryOut: (onEffect: (effect: Effect) => void, fate: Fate) => Promise<T>): Promise<T> {
    const { process, step, onEffect, onFault } = this.#wire
    const call = callUnderWay()
    const { life } = process
    const fate = process.takeFate(namedReservations(call).length > 0)
    if (fate !== 'answered') onFault(fate)
    const act = () => outcomeOf(() => carryOut((effect) => onEffect(call, effect), fate))
    const outcome = fate === 'refused' ? undefined : stepped(step, `${call.label} is carried out`, act)
    if (fate !== 'late') await outcome
    do {
      await process.awake
      await untilHeard(step, `${call.label} is answered`)
    } while (process.isPaused)
    if (process.life !== life) return new Promise(() => undefined)
    if (fate === 'unanswered' || fate === 'late' || !outcome) throw new NoAnswerError(call.label, fate)
    return (await outcome)()
  }
}

/** What a client says when it does not know what became of its statement. */
class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError'

  constructor(label: string, fate: Fate) {
    super(`${label}: no answer (${fate})`)
  }
}

class UndoneError extends Error {
  override readonly name = 'UndoneError'
}

/** Of the transaction's statements only the first is carried out. */
function brokenOff(executor: Executor): Executor {
  let count = 0
  return {
    query: (sql, parameters) => {
      count += 1
      return count === 1 ? executor.query(sql, parameters) : Promise.reject(new NoAnswerError('transaction', 'cut'))
    },
  }
}

async function undone<T>(
  database: SimulatedDatabase,
  work: (executor: Executor) => Promise<T>,
  onEffect: (effect: Effect) => void,
): Promise<void> {
  const unit = async (executor: Executor) => {
    await work(executor)
    throw new UndoneError()
  }
  await database.transaction(unit, onEffect).catch((error: unknown) => {
    if (!(error instanceof UndoneError)) throw error
  })
}

function stepped<T>(step: Step, label: string, act: () => Promise<T>): Promise<T> {
  const { promise, resolve } = Promise.withResolvers<T>()
  step(label, () => act().then(resolve))
  return promise
}

/** Who hears the answer does all that it can do with it before anything else happens. */
function untilHeard(step: Step, label: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  step(label, async () => {
    resolve()
    await realTurn()
  })
  return promise
}

/** To be told later: the step itself never fails. */
async function outcomeOf<T>(act: () => Promise<T>): Promise<() => T> {
  try {
    const value = await act()
    return () => value
  } catch (error) {
    return () => {
      throw error
    }
  }
}
