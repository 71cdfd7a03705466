import { type FaultedQueue, faultedQueue } from '../support/faulted-queue.ts'
import { sourceModules } from '../support/source-modules.ts'
import type { Strike } from '../support/statement-faults.ts'
import { type StoredState, storedState, withoutChance } from '../support/stored-state.ts'
import type { DriverName, Scenario, ScenarioContext, Size, Verdict } from './harness/scenario.ts'
import { sweepMigration } from './r07-migration.ts'
import { type Act, type Operation, operations, retryAfter, type Subject, triesLost } from './r07-operations.ts'

const all = 1_000_000

/**
 * For every operation, every kind of fault and every n: the n-th statement fails. Afterwards the tables must say that the
 * operation did not happen, or that it happened once, and a second try must bring it there; whoever is told that it
 * happened must be right; and no session may be handed out with something left open on it.
 */
export const nthStatement: Scenario = {
  id: 'R07',
  title: 'the n-th statement of every operation fails in every way',
  drivers: ['sqlite', 'mariadb', 'postgres'],
  sizes: {
    long: { runs: all, operations: all },
    short: { runs: 50, operations: 12, migrations: 12, runsOnFile: 400, operationsOnFile: all },
  },
  guards: [
    {
      name: 'rollback on a server',
      drivers: ['mariadb', 'postgres'],
      changes: [
        {
          file: 'drivers/server-driver.ts',
          find: `if (this.#isUsableAfter(error)) await executor.query('rollback').catch(() => leaveOpen(error))`,
          replace: '',
        },
      ],
    },
    {
      name: 'rollback in a file',
      drivers: ['sqlite'],
      changes: [{ file: 'drivers/sqlite.ts', find: `this.#database.exec('rollback')`, replace: 'break' }],
    },
    {
      name: 'transaction around fail',
      changes: [
        {
          file: 'connections/sql/finish.ts',
          find: 'await driver.transaction(async (executor) => {\n      await recordFailure',
          replace: 'await Promise.resolve(driver).then(async (executor) => {\n      await recordFailure',
        },
      ],
    },
    {
      name: 'a migration that looks for each table',
      changes: [
        {
          file: 'connections/sql/migrate.ts',
          find: 'for (const step of schema) await run',
          replace: `const isThere = await driver.query('select 1 from jobs').then(() => true, () => false)
  if (!isThere) for (const step of schema) await run`,
        },
      ],
    },
  ],
  run: async (context) => {
    const [operated, migrated] = [await new Sweep(context).run(), await sweepMigration(context)]
    return {
      figures: { ...operated.figures, ...migrated.figures },
      faults: operated.faults + migrated.faults,
      violations: [...operated.violations, ...migrated.violations],
    }
  },
}

interface Run {
  readonly operation: Operation
  readonly fault: string
  readonly n: number
}

interface Expected {
  readonly before: StoredState
  readonly after: StoredState
  readonly result: string
}

interface Undisturbed extends Expected {
  readonly statements: number
}

/** A statement of a server waits for others; a file shows everything in a moment. */
function mostOf(driver: DriverName, size: Size): { readonly runs: number; readonly operations: number } {
  const { runs = all, operations: most = all, runsOnFile = runs, operationsOnFile = most } = size
  return driver === 'sqlite' ? { runs: runsOnFile, operations: operationsOnFile } : { runs, operations: most }
}

/** One of each operation, then a second of each, and so on. */
function inTurn(runs: readonly Run[]): readonly Run[] {
  const rounds = [...Map.groupBy(runs, ({ operation }) => operation).values()].flatMap((ofOne) => [...ofOne.entries()])
  return rounds.sort(([a], [b]) => a - b).map(([, run]) => run)
}

class Sweep {
  readonly #context: ScenarioContext
  readonly #violations: string[] = []
  readonly #outcomes = { healed: 0, refused: 0, happened: 0, unharmed: 0 }
  #runs = 0

  constructor(context: ScenarioContext) {
    this.#context = context
  }

  async run(): Promise<Verdict> {
    const { driver, source, size, random } = this.#context
    const modules = await sourceModules(source)
    await using faulted = await faultedQueue(driver, { modules, retryAfter })
    const bench = new Bench(faulted, (connection) => modules.index.createQueue({ connection }))
    const most = mostOf(driver, size)
    const runs: Run[] = []
    const expected = new Map<Operation, Expected>()
    for (const operation of random.shuffle(operations(modules)).slice(0, most.operations)) {
      const undisturbed = await this.#undisturbed(bench, operation)
      if (!undisturbed) break
      const { statements, ...outcome } = undisturbed
      expected.set(operation, outcome)
      const ns = Array.from({ length: statements }, (_, index) => index + 1)
      const faults = faulted.faults.filter((fault) => !operation.claims || !changesWhatIsTaken(fault))
      runs.push(...faults.flatMap((fault) => ns.map((n) => ({ operation, fault, n }))))
    }
    if (most.operations === all && this.#violations.length === 0)
      this.#violations.push(...bench.uncovered().map((name) => `No operation of r07-operations.ts asks for ${name}.`))
    const chosen = this.#violations.length === 0 ? inTurn(random.shuffle(runs)).slice(0, most.runs) : []
    for (const run of chosen) {
      await this.#try(bench, run, expected.get(run.operation))
      // What was left open is in the way of the next one.
      if (this.#violations.length > 0) break
    }
    const figures = {
      operations: expected.size,
      faultKinds: faulted.faults.length,
      runs: this.#runs,
      ...this.#outcomes,
    }
    return { figures, faults: faulted.total, violations: this.#violations }
  }

  async #undisturbed(bench: Bench, operation: Operation): Promise<Undisturbed | undefined> {
    try {
      return await bench.undisturbed(operation)
    } catch (error) {
      this.#violations.push(`${operation.name} fails without any fault: ${String(error)}`)
      return undefined
    }
  }

  async #try(bench: Bench, run: Run, expected: Expected | undefined): Promise<void> {
    if (!expected) throw new Error('An operation was not tried undisturbed.')
    const tried = await bench.disturbed(run)
    this.#runs += 1
    const found = tried.strike ? problemsOf(run.operation, tried, expected) : problemsWithout(tried, expected)
    found.push(...bench.takeProblems())
    if (!tried.strike) this.#outcomes.unharmed += 1
    else if (!('error' in tried)) this.#outcomes.healed += 1
    else if (isSame(tried.state, expected.before)) this.#outcomes.refused += 1
    else this.#outcomes.happened += 1
    if (tried.strike && found.length === 0) found.push(...(await bench.afterwards(run.operation, expected.after)))
    const { operation, fault, n } = run
    const told = 'error' in tried ? `; the caller was told: ${String(tried.error)}` : ''
    this.#violations.push(
      ...found.map(
        (problem) =>
          `${operation.name}, statement ${n} (${tried.strike?.sql.trim().slice(0, 60)}) met ${fault}: ${problem}${told}`,
      ),
    )
  }
}

/** What of a connection asks for statements by methods of its own. */
const hasMethods = ['shared', 'slots'] as const

function methodsOf(target: object): readonly string[] {
  return Object.getOwnPropertyNames(Object.getPrototypeOf(target)).filter((name) => name !== 'constructor')
}

/** What sends no statement by itself, or is made of what is asked for here. */
const doesNotAsk = new Set([
  'constructor',
  'label',
  'supervision',
  'worker',
  'on',
  'watch',
  'close',
  'connectionName',
  'defaultQueue',
  'lanes',
  'makeRoom',
  'batch',
])

/**
 * A session that is given up holds its rows until the server notices, and the claim that follows takes others. On a full
 * disk a claim that finds no room takes one job instead of many: R16 fills disks.
 */
function changesWhatIsTaken(fault: string): boolean {
  return fault.endsWith('rollback refused') || fault.startsWith('disk full')
}

interface Tried {
  readonly strike: Strike | undefined
  readonly state: StoredState
  readonly result?: string
  readonly error?: unknown
}

function problemsOf(operation: Operation, tried: Tried, expected: Expected): string[] {
  const problems = [...problemsOfState(operation, tried.state, expected)]
  if ('error' in tried) problems.push(...problemsOfError(tried.strike, tried.error))
  else if (!isSame(tried.state, expected.after)) problems.push('it was said to have happened, and has not')
  else if (tried.result !== expected.result) problems.push(`it answered ${tried.result} instead of ${expected.result}`)
  return [...problems, ...problemsOfSession(tried.strike)]
}

/** The fault found no statement that it fits: nothing excuses anything. */
function problemsWithout(tried: Tried, expected: Expected): string[] {
  if ('error' in tried) return ['it failed although nothing happened to it']
  if (!isSame(tried.state, expected.after)) return ['it has not happened although nothing happened to it']
  return tried.result === expected.result ? [] : [`it answered ${tried.result} instead of ${expected.result}`]
}

function problemsOfState(
  { wrongBetween = () => 'it happened in part' }: Operation,
  state: StoredState,
  { before, after }: Expected,
): readonly string[] {
  if (isSame(state, after) || isSame(state, before)) return []
  const wrong = wrongBetween((table) => state[table]?.length ?? 0)
  return wrong === undefined ? [] : [`${wrong}: ${difference(state, before, after)}`]
}

/** A lock wait that timed out has undone its statement only: what came before it must not be kept. */
function problemsOfSession(strike: Strike | undefined): readonly string[] {
  if (!strike?.isInTransaction || !strike.leavesOpen || strike.sql === 'rollback' || strike.next === 'rollback')
    return []
  return [`what came next on the session was ${strike.next}, not a rollback`]
}

function problemsOfError(strike: Strike | undefined, error: unknown): readonly string[] {
  if (strike?.isHealed) return ['the driver did not try again']
  const said = error instanceof Error ? (Reflect.get(error, 'problem') ?? Reflect.get(error, 'code')) : undefined
  return strike?.says === undefined || strike.says === said ? [] : [`the error says ${said}, not ${strike.says}`]
}

/** Prepares, does and looks, always from the same beginning. */
class Bench {
  readonly #faulted: FaultedQueue
  readonly #state: ReturnType<typeof storedState>
  readonly #createQueue: (connection: Subject['connection']) => Subject['queue']
  readonly #called = new Set<string>()
  #act: Act | undefined

  constructor(faulted: FaultedQueue, createQueue: (connection: Subject['connection']) => Subject['queue']) {
    this.#faulted = faulted
    this.#createQueue = createQueue
    this.#state = storedState(faulted.query, faulted.keyColumn)
  }

  async undisturbed(operation: Operation): Promise<Undisturbed> {
    const act = await this.#prepare(operation)
    const before = await this.#read(operation)
    const first = this.#faulted.statements
    const connection = this.#noting(this.#faulted.connect())
    const queue = this.#noting(this.#createQueue(connection))
    const { transact } = this.#faulted
    const result = textOf(operation, await act({ connection, queue, transact }))
    return { before, after: await this.#read(operation), result, statements: this.#faulted.statements - first }
  }

  /** Public methods that no operation has called. */
  uncovered(): readonly string[] {
    const { connection, queue } = this.#subject()
    const methods = [connection, queue].flatMap(methodsOf)
    const ofMembers = hasMethods.flatMap((name) => methodsOf(connection[name]).map((method) => `${name}.${method}`))
    return [...methods, ...ofMembers].filter((name) => !this.#called.has(name) && !doesNotAsk.has(name))
  }

  async disturbed({ operation, fault, n }: Run): Promise<Tried> {
    const act = await this.#prepare(operation)
    const subject = this.#subject()
    this.#act = act
    this.#faulted.arm(fault, n)
    try {
      const result = textOf(operation, await act(subject))
      return { strike: this.#faulted.disarm(), state: await this.#read(operation), result }
    } catch (error) {
      return { strike: this.#faulted.disarm(), state: await this.#read(operation), error }
    }
  }

  /** The second try, for whom it is the same wish, and the sessions. */
  async afterwards(operation: Operation, after: StoredState): Promise<readonly string[]> {
    const problems: string[] = []
    if (operation.claims) problems.push(...(await triesLost(this.#faulted)).map((job) => `a try was lost: ${job}`))
    else if (operation.again === 'same') problems.push(...(await this.#again(operation, after)))
    else await this.#subject().connection.size('default')
    return [...problems, ...this.takeProblems()]
  }

  takeProblems(): readonly string[] {
    return this.#faulted.takeProblems()
  }

  async #again(operation: Operation, after: StoredState): Promise<readonly string[]> {
    try {
      await this.#act?.(this.#subject())
    } catch (error) {
      return [`it could not be done again: ${String(error)}`]
    }
    const state = await this.#read(operation)
    return isSame(state, after) ? [] : [`done again, it has not happened once: ${difference(state, after, after)}`]
  }

  async #read({ claims }: Operation): Promise<StoredState> {
    const state = await this.#state.read()
    return claims ? { ...state, jobs: (state.jobs ?? []).map(withoutPayload).sort() } : state
  }

  async #prepare(operation: Operation) {
    await this.#state.clear()
    const { clean, query, mostAttempts } = this.#faulted
    return operation.prepare({ clean, execute: query, mostAttempts })
  }

  #subject(): Subject {
    const connection = this.#faulted.connect()
    return { connection, queue: this.#createQueue(connection), transact: this.#faulted.transact }
  }

  #noting<T extends object>(target: T, prefix = ''): T {
    return new Proxy(target, {
      get: (original, name) => {
        this.#called.add(`${prefix}${String(name)}`)
        const member: unknown = Reflect.get(original, name, original)
        if (typeof member === 'function') return member.bind(original)
        const isNoted = typeof member === 'object' && member !== null && hasMethods.some((each) => each === name)
        return isNoted ? this.#noting(member, `${String(name)}.`) : member
      },
    })
  }
}

function isSame(a: StoredState, b: StoredState): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

function difference(state: StoredState, before: StoredState, after: StoredState): string {
  const tables = Object.keys(state).filter((table) => {
    const lines = JSON.stringify(state[table])
    return lines !== JSON.stringify(before[table]) || lines !== JSON.stringify(after[table])
  })
  return tables.map((table) => `${table} holds ${JSON.stringify(state[table])}`).join(', ')
}

/** Which of the waiting jobs a claim takes is its own affair. */
function withoutPayload(line: string): string {
  return line.replace(/payload=\{.*\}/, 'payload')
}

/** Without what differs from run to run. */
function textOf({ claims }: Operation, result: unknown): string {
  const dropped = ['id', 'failedAt', ...(claims ? ['payload'] : [])]
  const plain = result instanceof Map ? [...result] : result
  const text = JSON.stringify(plain, (key, value: unknown) => (dropped.includes(key) ? undefined : value))
  return withoutChance(text ?? 'nothing')
}
