import { type Command, type CommandInput, type Terminal, UsageError } from '@surtidor/queue/commands'
import { sql } from 'kysely'
import { parseOptionalId, runArgument } from '../../command-line/typed-input.ts'
import type { CentralDatabase } from '../../database/open-central.ts'
import { storeProblem } from '../../tenancy/store-problem.ts'
import { findRun, type RunDependencies, type RunProgress, UnknownRunError, UnknownStoreError } from '../runs/runs.ts'
import { repairRun } from './copy-repair.ts'
import { type Verification, type VerifyDependencies, type VerifyOptions, verifyRun } from './verify.ts'
import {
  changedSince,
  detailLines,
  eitherOr,
  isFinished,
  lineOf,
  repairLine,
  type Totals,
  totalLine,
  uncheckedLine,
  unmendableLine,
  unreadableLine,
} from './verify-texts.ts'

type Application = VerifyDependencies & RunDependencies & AsyncDisposable

/**
 * `copy:verify RUN|--all [--repair] [-v]`: exit code 1 when anything is missing, duplicated or altered, or a copy cannot be
 * checked, also when a copy was started to mend it. The first products that are wrong are named, with `-v` all of them.
 */
export function copyVerifyCommand(open: () => Promise<Application>): Command {
  return {
    name: 'copy:verify',
    summary: {
      es: 'Comprueba producto por producto que la copia quedó exacta',
      en: 'Checks product by product that the copy is exact',
    },
    arguments: [runArgument],
    options: {
      all: { kind: 'flag', summary: { es: 'La última copia de cada tienda', en: 'The latest copy of every store' } },
      repair: {
        kind: 'flag',
        summary: {
          es: 'Pone en cola una copia que repara lo que se encuentre',
          en: 'Queues a copy that mends what is found',
        },
      },
    },
    run: (input, terminal) => run(open, input, terminal),
  }
}

async function run(open: () => Promise<Application>, input: CommandInput, terminal: Terminal): Promise<number> {
  const [word] = input.arguments
  if ((word === undefined) !== input.flag('all')) throw new UsageError(eitherOr)
  const runId = parseOptionalId(word)
  await using app = await open()
  const totals = { stores: 0, checked: 0, missing: 0, duplicated: 0, altered: 0, unchecked: 0 }
  const runs = runId === undefined ? latestRuns(app.central) : [await knownRun(app.central, runId)]
  const options = input.global.verbosity > 0 ? { maxDetails: Number.POSITIVE_INFINITY } : {}
  const mends = input.flag('repair')
  for await (const each of runs) add(totals, await verifyOne(app, each, { terminal, options, mends }))
  if (runId === undefined) terminal.write(totalLine(totals)[terminal.locale])
  if (!mends && totals.missing + totals.altered > 0) terminal.write(changedSince[terminal.locale])
  return totals.missing + totals.duplicated + totals.altered + totals.unchecked === 0 ? 0 : 1
}

interface Way {
  readonly terminal: Terminal
  readonly options: Pick<VerifyOptions, 'maxDetails'>
  readonly mends: boolean
}

/** Undefined when there is nothing to compare with. */
async function verifyOne(app: Application, each: RunProgress, way: Way): Promise<Verification | undefined> {
  const { locale, write } = way.terminal
  try {
    if (isFinished(each)) return await (way.mends ? repairOne(app, each, way) : lookAt(app, each, way))
    write(uncheckedLine(each)[locale])
  } catch (error) {
    const problem = error instanceof UnknownStoreError ? error.text : storeProblem(error)
    if (!problem) throw error
    write(unreadableLine(each, problem)[locale])
  }
  return undefined
}

async function lookAt(
  app: Application,
  each: RunProgress,
  { terminal, options }: Way,
): Promise<Verification | undefined> {
  const found = await verifyRun(app, each, options)
  tell(each, found, terminal)
  return found
}

async function repairOne(
  app: Application,
  each: RunProgress,
  { terminal, options }: Way,
): Promise<Verification | undefined> {
  const { found, marked = 0, run } = (await repairRun(app, each, options)) ?? {}
  tell(each, found, terminal)
  if (!found) return undefined
  const { companyId, missing, duplicated, altered } = found
  if (run) terminal.write(repairLine(run, { marked, missing })[terminal.locale])
  const left = duplicated + altered - marked
  if (left > 0) terminal.write(unmendableLine(companyId, left)[terminal.locale])
  return found
}

function tell(each: RunProgress, found: Verification | undefined, { locale, write }: Terminal): void {
  const lines = found ? [lineOf(found), ...detailLines(found)] : [uncheckedLine(each)]
  for (const line of lines) write(line[locale])
}

/** Store by store; only one run is in memory. */
async function* latestRuns(central: CentralDatabase): AsyncGenerator<RunProgress> {
  let afterCompany = 0
  for (;;) {
    const { rows } = await sql<{ readonly companyId: number; readonly id: number }>`
      select company_id as "companyId", max(id) as id
      from copy_runs
      where company_id > ${afterCompany}
      group by company_id
      order by company_id
      limit 1`.execute(central)
    const [latest] = rows
    if (!latest) return
    yield await knownRun(central, latest.id)
    afterCompany = latest.companyId
  }
}

async function knownRun(central: CentralDatabase, runId: number): Promise<RunProgress> {
  const found = await findRun(central, runId)
  if (!found) throw new UnknownRunError(runId)
  return found
}

function add(totals: Totals, result: Verification | undefined): void {
  totals.stores += 1
  totals.checked += result?.checked ?? 0
  totals.missing += result?.missing ?? 0
  totals.duplicated += result?.duplicated ?? 0
  totals.altered += result?.altered ?? 0
  totals.unchecked += result ? 0 : 1
}
