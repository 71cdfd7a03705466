import { setTimeout as wait } from 'node:timers/promises'
import type { Command, Terminal } from '@surtidor/queue/commands'
import { SingleBar } from 'cli-progress'
import { parseOptionalId, runArgument } from '../../command-line/typed-input.ts'
import type { CentralDatabase } from '../../database/open-central.ts'
import type { Text } from '../../i18n/locale.ts'
import type { StoreDatabases } from '../../tenancy/store-databases.ts'
import { storeProblem } from '../../tenancy/store-problem.ts'
import { describeRun, tableOfRuns } from './run-lines.ts'
import { isAtWork } from './run-state.ts'
import { openStoreOfRun } from './run-store.ts'
import { findRun, listRuns, type RunProgress, UnknownRunError } from './runs.ts'
import { countReasons, type ReasonCount } from './store-products.ts'

export interface StatusAccess extends AsyncDisposable {
  readonly central: CentralDatabase
  readonly stores: StoreDatabases
}

/**
 * `copy:status [RUN]`: the latest copies, or one in detail; on a terminal with a bar until it ends. Exit code 1 when the
 * store's database, which has the reasons, cannot be read.
 */
export function copyStatusCommand(open: () => Promise<StatusAccess>): Command {
  return {
    name: 'copy:status',
    summary: {
      es: 'Muestra cómo van las copias, o una en detalle',
      en: 'Shows how copies are going, or one in detail',
    },
    arguments: [runArgument],
    async run(input, terminal) {
      const runId = parseOptionalId(input.arguments[0])
      await using app = await open()
      return runId === undefined ? await showLatest(app, terminal) : await showOne(app, runId, terminal)
    },
  }
}

const shownRuns = 20

async function showLatest({ central }: StatusAccess, terminal: Terminal): Promise<number> {
  const runs = await listRuns(central, { limit: shownRuns })
  for (const line of tableOfRuns(runs, terminal.locale)) terminal.write(line)
  return 0
}

async function showOne(app: StatusAccess, runId: number, terminal: Terminal): Promise<number> {
  const found = await knownRun(app.central, runId)
  const run = terminal.isInteractive && isAtWork(found.state) ? await follow(app.central, found, terminal) : found
  const { reasons, problem } = await readReasons(app, runId)
  for (const line of describeRun(run, reasons, terminal.locale)) terminal.write(line)
  // Which may be why the run has failed, as its error tells.
  if (problem && problem.es !== run.error) terminal.writeError(problem[terminal.locale])
  return problem ? 1 : 0
}

/** The state of a run is in the central database: a store that cannot be read takes away the reasons alone. */
async function readReasons(
  app: StatusAccess,
  runId: number,
): Promise<{ readonly reasons?: readonly ReasonCount[]; readonly problem?: Text }> {
  try {
    const opened = await openStoreOfRun(app, runId)
    if (!opened) return { reasons: [] }
    await using store = opened
    return { reasons: await countReasons(store, runId) }
  } catch (error) {
    const problem = storeProblem(error)
    if (!problem) throw error
    return { problem }
  }
}

async function knownRun(central: CentralDatabase, runId: number): Promise<RunProgress> {
  const run = await findRun(central, runId)
  if (!run) throw new UnknownRunError(runId)
  return run
}

const pollMs = 300

/** Draws a bar until the run ends or is paused; Ctrl+C ends the looking, not the copy. */
async function follow(central: CentralDatabase, first: RunProgress, { locale }: Terminal): Promise<RunProgress> {
  const products = { es: 'productos', en: 'products' }[locale]
  const bar = new SingleBar({ format: `{bar} {percentage}% · {value}/{total} ${products}`, hideCursor: true })
  bar.start(first.total ?? 1, first.processed)
  let run = first
  try {
    while (isAtWork(run.state)) {
      await wait(pollMs)
      run = await knownRun(central, run.id)
      if (run.total) bar.setTotal(run.total)
      bar.update(run.processed)
    }
  } finally {
    bar.stop()
  }
  return run
}
