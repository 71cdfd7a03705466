import type { QueryResult, SqlValue, Transaction } from '../connection.ts'
import { InvalidOptionError } from '../errors.ts'

/** What the application does in its transaction: `trx` writes its own rows, `tx` goes to `dispatch`. */
export type Work<Trx, Result> = (trx: Trx, tx: Transaction) => Promise<Result>

/** What an adapter knows of its client. */
export interface Client<Trx extends object> {
  /** What was handed to `transact`; a `trx` of an outer transaction makes this one nested. */
  readonly db: object
  /** Commits when `work` resolves, rolls back when it rejects. */
  begin<Result>(work: (trx: Trx) => Promise<Result>): Promise<Result>
  query(trx: Trx, sql: string, parameters: readonly SqlValue[]): Promise<QueryResult>
}

interface AfterEnd {
  readonly callbacks: Callback[]
  readonly undone: (() => void)[]
}

type Callback = () => void | Promise<void>

const openTransactions = new WeakMap<object, OpenTransaction>()

/**
 * Runs `work` in one transaction of the client, then what was to happen after its commit. Rejects with what `work` threw,
 * whatever becomes of the rollback. The callbacks of a nested transaction wait for the outermost commit.
 */
export async function runTransaction<Trx extends object, Result>(
  client: Client<Trx>,
  work: Work<Trx, Result>,
): Promise<Result> {
  const outer = openTransactions.get(client.db)
  const callbacks: Callback[] = []
  const undone: (() => void)[] = []
  let failure: { readonly error: unknown } | undefined
  const inside = async (trx: Trx) => {
    const open = new OpenTransaction((sql, parameters) => client.query(trx, sql, parameters), { callbacks, undone })
    // On a single connection the next transaction has the same name.
    if (trx !== client.db) openTransactions.set(trx, open)
    return open
      .run((tx) => work(trx, tx))
      .catch((error) => {
        failure = { error }
        throw error
      })
      .finally(() => openTransactions.delete(trx))
  }
  const result = await client.begin(inside).catch((error) => {
    for (const callback of undone) callback()
    throw failure ? failure.error : error
  })
  for (const callback of undone) outer?.afterRollback(callback)
  await afterCommit(callbacks, outer)
  return result
}

/** The `tx` of one run of `work`; it serves nobody once `work` has ended. */
class OpenTransaction implements Transaction {
  readonly #query: Transaction['query']
  readonly #callbacks: Callback[]
  readonly #undone: (() => void)[]
  #hasEnded = false

  constructor(query: Transaction['query'], { callbacks, undone }: AfterEnd) {
    this.#query = query
    this.#callbacks = callbacks
    this.#undone = undone
  }

  async query(sql: string, parameters: readonly SqlValue[]): Promise<QueryResult> {
    this.#checkOpen()
    return this.#query(sql, parameters)
  }

  afterCommit(callback: Callback): void {
    this.#checkOpen()
    this.#callbacks.push(callback)
  }

  afterRollback(callback: () => void): void {
    this.#checkOpen()
    this.#undone.push(callback)
  }

  async run<Result>(work: (tx: Transaction) => Promise<Result>): Promise<Result> {
    const result = await work(this).finally(() => {
      this.#hasEnded = true
    })
    // Where a statement failed and its error was caught, PostgreSQL answers a commit by rolling back, without an error.
    if (this.#callbacks.length > 0) await this.#query('select 1', [])
    return result
  }

  /** The connection may be in another transaction by now: a late write would land there. */
  #checkOpen(): void {
    if (!this.#hasEnded) return
    throw new InvalidOptionError(
      'tx',
      'of an ended transaction',
      'one that is open, and await dispatch inside its work',
    )
  }
}

/** Rows and jobs are on disk, unless an outer transaction has yet to end. */
async function afterCommit(callbacks: readonly Callback[], outer: Transaction | undefined): Promise<void> {
  if (!outer) return runAll(callbacks)
  for (const callback of callbacks) outer.afterCommit(callback)
}

/** Every callback gets its turn, and the first error comes after the last of them. */
async function runAll(callbacks: readonly Callback[]): Promise<void> {
  const errors: unknown[] = []
  for (const callback of callbacks) {
    try {
      await callback()
    } catch (error) {
      errors.push(error)
    }
  }
  if (errors.length > 0) throw errors[0]
}
