import { formatNumber, type Text } from '../../i18n/locale.ts'
import { stateLabels, storeCount } from '../runs/run-texts.ts'
import type { RunProgress } from '../runs/runs.ts'
import type { Verification, VerificationDetail } from './verify-tally.ts'

export const changedSince: Text = {
  es: 'Se compara con el catálogo de ahora. Si cambió después de la copia, póngala al día con «copy:start TIENDA»; si no, repárela con «--repair».',
  en: 'This compares with the catalogue of now. If it has changed since the copy, bring the store up to date with "copy:start STORE"; if not, mend it with "--repair".',
}

export const eitherOr: Text = {
  es: 'Diga qué comprobar: el número de una copia, o --all para la última de cada tienda.',
  en: 'Say what to check: the number of a copy, or --all for the latest of every store.',
}

export function lineOf({ companyId, checked, missing, duplicated, altered }: Verification): Text {
  return {
    es: `Tienda ${companyId}: ${checked} productos, ${missing} faltantes, ${duplicated} duplicados, ${altered} alterados`,
    en: `Store ${companyId}: ${checked} products, ${missing} missing, ${duplicated} duplicated, ${altered} altered`,
  }
}

export function uncheckedLine(run: RunProgress): Text {
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
      es: `Tienda ${companyId}: la copia ${id} no llegó al final (${label.es}). Copie de nuevo con «copy:start ${companyId}»; «copy:verify --all» comprueba la última copia de cada tienda.`,
      en: `Store ${companyId}: copy ${id} did not get to its end (${label.en}). Copy again with "copy:start ${companyId}"; "copy:verify --all" checks the latest copy of each store.`,
    }
  }
  return {
    es: `Tienda ${companyId}: la copia ${id} no ha terminado (${label.es}).`,
    en: `Store ${companyId}: copy ${id} has not ended (${label.en}).`,
  }
}

export function unreadableLine(run: RunProgress, problem: Text): Text {
  const label = stateOf(run)
  return {
    es: `Tienda ${run.companyId}: la copia ${run.id} (${label.es}) no se puede comprobar. ${problem.es}`,
    en: `Store ${run.companyId}: copy ${run.id} (${label.en}) cannot be checked. ${problem.en}`,
  }
}

export function isFinished({ state }: RunProgress): boolean {
  return state === 'completed' || state === 'completed_with_errors'
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

export function detailLines({ details, missing, duplicated, altered }: Verification): readonly Text[] {
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

export interface Totals {
  /** Of runs that ended with a verdict and of others. */
  stores: number
  checked: number
  missing: number
  duplicated: number
  altered: number
  unchecked: number
}

export function totalLine({ stores, checked, missing, duplicated, altered, unchecked }: Totals): Text {
  const count = storeCount(stores)
  return {
    es: `Total: ${count.es}, ${checked} productos, ${missing} faltantes, ${duplicated} duplicados, ${altered} alterados, ${unchecked} copias sin comprobar`,
    en: `Total: ${count.en}, ${checked} products, ${missing} missing, ${duplicated} duplicated, ${altered} altered, ${unchecked} copies not checked`,
  }
}

export function repairLine(
  run: RunProgress,
  { marked, missing }: { readonly marked: number; readonly missing: number },
): Text {
  const { id, companyId } = run
  return {
    es: `Tienda ${companyId}: ${marked} marcados para escribirlos de nuevo y ${missing} por traer; lo hace la copia ${id}, en cola. Sígala con «copy:status ${id}» y compruebe con «copy:verify ${id}».`,
    en: `Store ${companyId}: ${marked} marked to be written again and ${missing} to be brought; copy ${id} does it and is queued. Follow it with "copy:status ${id}" and check with "copy:verify ${id}".`,
  }
}

export function unmendableLine(companyId: number, count: number): Text {
  return {
    es: `Tienda ${companyId}: ${count} hallazgos que ninguna copia repara: filas duplicadas, o que no son de la tienda. Alguien debe mirarlos.`,
    en: `Store ${companyId}: ${count} findings that no copy mends: rows that are duplicated, or not the store's. Somebody has to look at them.`,
  }
}
