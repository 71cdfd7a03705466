/**
 * Statements that fail when they are told to, past everything that the queue does about it. What carries a statement out
 * answers at once on an embedded database, and later on a server.
 */
export interface Statement<Answer> {
  readonly sql: string
  /** Tells the sessions apart. */
  readonly session: object
  run(): Answer
  /** Another statement on the same session, which no fault meets. */
  send(sql: string): Answer
}

export interface Fault<Answer> {
  readonly name: string
  /** The driver runs the unit again, so that its caller hears nothing. Not so when the tables are changed. */
  readonly isHealed: boolean
  /** Only the statement was undone: what came before it in the transaction must be rolled back. */
  readonly leavesOpen?: boolean
  /** Meets all that follow too, as when the process ends there; then the database rolls back by itself. */
  readonly lasts?: true
  /** Happens to the rollback that follows. */
  readonly atRollback?: Fault<Answer>
  /** Happens to some statements only. */
  fits?(sql: string): boolean
  /** What the caller is told: the `problem` of a `DatabaseUnusableError`, or the `code` of another error of ours. */
  readonly says?: string
  /** Instead of the statement; throws, or rejects, as the client of the database would. */
  strike(statement: Statement<Answer>): Answer
}

/** One fault that happened. */
export interface Strike {
  readonly fault: string
  readonly isHealed: boolean
  readonly leavesOpen: boolean
  readonly says: string | undefined
  readonly sql: string
  readonly isInTransaction: boolean
  /** The next statement on the same session, undefined when there was none. */
  next: string | undefined
}

interface Armed<Answer> {
  readonly fault: Fault<Answer>
  /** So many statements that it fits are let through before. */
  left: number
  readonly text: string | RegExp
}

export class StatementFaults<Answer> {
  #armed: Armed<Answer> | undefined
  #strike: Strike | undefined
  #session: object | undefined
  readonly #open = new WeakSet<object>()
  #total = 0
  #statements = 0

  /** So many there were so far. */
  get statements(): number {
    return this.#statements
  }

  /** Faults that really happened. */
  get total(): number {
    return this.#total
  }

  /** Meets the `n`-th statement from now on, of those that contain the text. */
  arm(fault: Fault<Answer>, n: number, text: string | RegExp = ''): void {
    this.#armed = { fault, left: n, text }
    this.#strike = undefined
    this.#session = undefined
  }

  get isArmed(): boolean {
    return this.#armed !== undefined
  }

  /** What happened since `arm`. */
  disarm(): Strike | undefined {
    this.#armed = undefined
    this.#session = undefined
    return this.#strike
  }

  carryOut(statement: Statement<Answer>): Answer {
    this.#statements += 1
    if (this.#strike && this.#session === statement.session) {
      this.#strike.next = statement.sql
      this.#session = undefined
    }
    const fault = this.#faultOf(statement)
    this.#follow(statement)
    return fault ? fault.strike(statement) : statement.run()
  }

  #follow({ sql, session }: Statement<Answer>): void {
    if (sql.startsWith('begin')) this.#open.add(session)
    else if (sql === 'commit' || sql === 'rollback') this.#open.delete(session)
  }

  #faultOf({ sql, session }: Statement<Answer>): Fault<Answer> | undefined {
    const armed = this.#armed
    if (!armed || !contains(sql, armed.text) || armed.fault.fits?.(sql) === false) return undefined
    if (armed.fault.lasts && sql === 'rollback') return undefined
    armed.left -= 1
    if (armed.left > 0) return undefined
    const { name, isHealed, leavesOpen = false, says, lasts, atRollback } = armed.fault
    const isInTransaction = this.#open.has(session)
    if (!lasts) this.#armed = atRollback && { fault: atRollback, left: 1, text: 'rollback' }
    this.#total += 1
    if (this.#strike) return armed.fault
    this.#strike = { fault: name, isHealed, leavesOpen, says, sql, isInTransaction, next: undefined }
    this.#session = session
    return armed.fault
  }
}

function contains(sql: string, text: string | RegExp): boolean {
  return typeof text === 'string' ? sql.includes(text) : text.test(sql)
}
