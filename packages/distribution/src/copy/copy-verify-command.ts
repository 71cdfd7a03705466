import { type Command, type CommandInput, type Terminal, UsageError } from '@surtidor/queue/commands'
import { sql } from 'kysely'
import type { CentralDatabase } from '../database/open-central.ts'
import { formatNumber, type Text } from '../i18n/locale.ts'
import { storeProblem } from '../tenancy/store-problem.ts'
import { parseId } from './command-id.ts'
import { stateLabels } from './run-texts.ts'
import { findRun, type RunProgress, UnknownRunError } from './runs.ts'
import {
  type Verification,
  type VerificationDetail,
  type VerifyDependencies,
  type VerifyOptions,
  verifyRun,
} from './verify.ts'

type Application = VerifyDependencies & AsyncDisposable

/**
 * `copy:verify RUN|--all [-v]`: exit code 1 when anything is missing, duplicated or altered, or a copy cannot be checked.
 * The first products that are wrong are named, with `-v` all of them.
 */
export function copyVerifyCommand(open: () => Promise<Application>): Command {
  return {
    name: 'copy:verify',
    summary: {
      es: 'Comprueba producto por producto que la copia quedó exacta',
      en: 'Checks product by product that the copy is exact',
    },
    arguments: [{ name: 'run', summary: { es: 'Número de la copia', en: 'Number of the copy' } }],
    options: {
      all: { kind: 'flag', summary: { es: 'La última copia de cada tienda', en: 'The latest copy of every store' } },
    },
    run: (input, terminal) => run(open, input, terminal),
  }
}

async function run(open: () => Promise<Application>, input: CommandInput, terminal: Terminal): Promise<number> {
  const [word] = input.arguments
  if ((word === undefined) !== input.flag('all')) throw new UsageError(eitherOr)
  const runId = word === undefined ? undefined : parseId(word)
  await using app = await open()
  const totals = { stores: 0, checked: 0, missing: 0, duplicated: 0, altered: 0, unchecked: 0 }
  const runs = runId === undefined ? latestRuns(app.central) : [await knownRun(app.central, runId)]
  const options = input.global.verbosity > 0 ? { maxDetails: Number.POSITIVE_INFINITY } : {}
  for await (const each of runs) add(totals, await verifyOne(app, each, { terminal, options }))
  if (runId === undefined) terminal.write(totalLine(totals)[terminal.locale])
  if (totals.missing + totals.altered > 0) terminal.write(changedSince[terminal.locale])
  return totals.missing + totals.duplicated + totals.altered + totals.unchecked === 0 ? 0 : 1
}

/** Undefined when there is nothing to compare with. */
async function verifyOne(
  deps: VerifyDependencies,
  each: RunProgress,
  { terminal: { locale, write }, options }: { readonly terminal: Terminal; readonly options: VerifyOptions },
): Promise<Verification | undefined> {
  try {
    const result = isFinished(each) ? await verifyRun(deps, each, options) : undefined
    const lines = result ? [lineOf(result), ...detailLines(result)] : [uncheckedLine(each)]
    for (const line of lines) write(line[locale])
    return result
  } catch (error) {
    const problem = storeProblem(error)
    if (!problem) throw error
    write(unreadableLine(each, problem)[locale])
    return undefined
  }
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

function isFinished({ state }: RunProgress): boolean {
  return state === 'completed' || state === 'completed_with_errors'
}

interface Totals {
  stores: number
  checked: number
  missing: number
  duplicated: number
  altered: number
  unchecked: number
}

function add(totals: Totals, result: Verification | undefined): void {
  totals.stores += 1
  totals.checked += result?.checked ?? 0
  totals.missing += result?.missing ?? 0
  totals.duplicated += result?.duplicated ?? 0
  totals.altered += result?.altered ?? 0
  totals.unchecked += result ? 0 : 1
}

const changedSince: Text = {
  es: 'Se compara con el catálogo de ahora. Si cambió después de la copia, póngala al día con «copy:start TIENDA».',
  en: 'This compares with the catalogue of now. If it has changed since the copy, bring the store up to date with "copy:start STORE".',
}

const eitherOr: Text = {
  es: 'Diga qué comprobar: el número de una copia, o --all para la última de cada tienda.',
  en: 'Say what to check: the number of a copy, or --all for the latest of every store.',
}

function lineOf({ companyId, checked, missing, duplicated, altered }: Verification): Text {
  return {
    es: `Tienda ${companyId}: ${checked} productos, ${missing} faltantes, ${duplicated} duplicados, ${altered} alterados`,
    en: `Store ${companyId}: ${checked} products, ${missing} missing, ${duplicated} duplicated, ${altered} altered`,
  }
}

function uncheckedLine(run: RunProgress): Text {
  const { companyId, id } = run
  if (isFinished(run)) {
    return {
      es: `Tienda ${companyId}: su base de datos no tiene rastro de la copia ${id}. Copie de nuevo con «copy:start ${companyId}».`,
      en: `Store ${companyId}: its database has no trace of copy ${id}. Copy again with "copy:start ${companyId}".`,
    }
  }
  const label = stateOf(run)
  if (run.state === 'failed' || run.state === 'cancelled') {
    return {
      es: `Tienda ${companyId}: la copia ${id} no llegó al final (${label.es}). Copie de nuevo con «copy:start ${companyId}».`,
      en: `Store ${companyId}: copy ${id} did not get to its end (${label.en}). Copy again with "copy:start ${companyId}".`,
    }
  }
  return {
    es: `Tienda ${companyId}: la copia ${id} no ha terminado (${label.es}).`,
    en: `Store ${companyId}: copy ${id} has not ended (${label.en}).`,
  }
}

function unreadableLine(run: RunProgress, problem: Text): Text {
  const label = stateOf(run)
  return {
    es: `Tienda ${run.companyId}: la copia ${run.id} (${label.es}) no se puede comprobar. ${problem.es}`,
    en: `Store ${run.companyId}: copy ${run.id} (${label.en}) cannot be checked. ${problem.en}`,
  }
}

/** The state, and why when the run says why. */
function stateOf({ state, error }: RunProgress): Text {
  const { es, en } = stateLabels[state].text
  const why = error === null ? '' : `: ${error}`
  return { es: es.toLowerCase() + why, en: en.toLowerCase() + why }
}

const kinds = {
  missing: { es: 'falta', en: 'missing' },
  duplicated: { es: 'duplicado', en: 'duplicated' },
  altered: { es: 'alterado', en: 'altered' },
} as const satisfies Record<VerificationDetail['kind'], Text>

function detailLines({ details, missing, duplicated, altered }: Verification): readonly Text[] {
  const hidden = missing + duplicated + altered - details.length
  const shown = details.map(detailOf)
  return (hidden > 0 ? [...shown, andMore(hidden)] : shown).map(({ es, en }) => ({ es: `  ${es}`, en: `  ${en}` }))
}

function andMore(count: number): Text {
  return {
    es: `… y ${formatNumber(count, 'es')} más; con «-v» se ven todos`,
    en: `… and ${formatNumber(count, 'en')} more; "-v" shows them all`,
  }
}

function detailOf({ kind, sourceId, sku, fields }: VerificationDetail): Text {
  const where = fields.length > 0 ? ` (${fields.join(', ')})` : ''
  return {
    es: `${kinds[kind].es}: ${sku} · producto ${sourceId}${where}`,
    en: `${kinds[kind].en}: ${sku} · product ${sourceId}${where}`,
  }
}

function totalLine({ stores, checked, missing, duplicated, altered, unchecked }: Totals): Text {
  return {
    es: `Total: ${stores} tiendas, ${checked} productos, ${missing} faltantes, ${duplicated} duplicados, ${altered} alterados, ${unchecked} copias sin comprobar`,
    en: `Total: ${stores} stores, ${checked} products, ${missing} missing, ${duplicated} duplicated, ${altered} altered, ${unchecked} copies not checked`,
  }
}
