import { alignColumns } from '../../command-line/align-columns.ts'
import { formatNumber, type Locale, type Text } from '../../i18n/locale.ts'
import { reasonText } from '../report/reason-texts.ts'
import { progressText, stateLabels } from './run-texts.ts'
import type { RunProgress } from './runs.ts'
import type { ReasonCount } from './store-products.ts'

/** One run for the command line, a line each; products to look at by reason, at the end, when the store tells them. */
export function describeRun(
  run: RunProgress,
  reasons: readonly ReasonCount[] | undefined,
  locale: Locale,
): readonly string[] {
  const label = stateLabels[run.state].text[locale]
  const error = run.error === null ? [] : [`${texts.error[locale]}: ${run.error}`]
  return [
    `${texts.copy[locale]} ${run.id} · ${texts.store[locale]} ${run.companyId} · ${label}`,
    `${progressText(run)[locale]}: ${countsText(run, locale)}`,
    momentsText(run, locale),
    ...error,
    ...(reasons ? reasonLines(run, reasons, locale) : []),
  ]
}

/** The latest runs, newest first, in columns. */
export function tableOfRuns(runs: readonly RunProgress[], locale: Locale): readonly string[] {
  if (runs.length === 0) return [texts.none[locale]]
  const header = [texts.copy, texts.store, texts.state, texts.progress, texts.errors, texts.created].map(
    (text) => text[locale],
  )
  const rows = runs.map((run) => [
    String(run.id),
    String(run.companyId),
    stateLabels[run.state].text[locale],
    `${formatNumber(run.processed, locale)}/${run.total === null ? '?' : formatNumber(run.total, locale)}`,
    formatNumber(run.errors, locale),
    run.createdAt,
  ])
  return alignColumns([header, ...rows])
}

function countsText(run: RunProgress, locale: Locale): string {
  return (['copied', 'updated', 'unchanged', 'skipped', 'errors'] as const)
    .map((count) => `${formatNumber(run[count], locale)} ${countNames[count][locale]}`)
    .join(', ')
}

function momentsText({ createdAt, startedAt, finishedAt }: RunProgress, locale: Locale): string {
  const moments = [
    [texts.created, createdAt],
    [texts.started, startedAt],
    [texts.finished, finishedAt],
  ] as const
  const shown = moments.flatMap(([text, at]) => (at === null ? [] : [`${text[locale]} ${at}`]))
  return `${shown.join(' · ')} (UTC)`
}

function reasonLines(run: RunProgress, reasons: readonly ReasonCount[], locale: Locale): readonly string[] {
  // New products and changed ones may have the same to be looked at.
  const lines = [...Map.groupBy(reasons, ({ reason }) => reason)].map(
    ([reason, alike]) => `  ${formatNumber(sumOf(alike), locale)} · ${reasonText(reason)[locale]}`,
  )
  const gone = noLongerActive(run, reasons)
  return gone > 0 ? [...lines, `  ${formatNumber(gone, locale)} · ${texts.gone[locale]}`] : lines
}

/** Products that vanished from the catalogue during the run were seen by no page: they are known by number alone. */
function noLongerActive(run: RunProgress, reasons: readonly ReasonCount[]): number {
  const named = sumOf(reasons.filter(({ outcome }) => outcome === 'skipped'))
  return run.finishedAt === null ? 0 : run.skipped - named
}

function sumOf(counts: readonly ReasonCount[]): number {
  return counts.reduce((sum, { products }) => sum + products, 0)
}

const texts = {
  copy: { es: 'Copia', en: 'Copy' },
  store: { es: 'Tienda', en: 'Store' },
  state: { es: 'Estado', en: 'State' },
  progress: { es: 'Productos', en: 'Products' },
  errors: { es: 'Errores', en: 'Errors' },
  error: { es: 'Error', en: 'Error' },
  created: { es: 'Creada', en: 'Created' },
  started: { es: 'empezó', en: 'started' },
  finished: { es: 'terminó', en: 'finished' },
  gone: { es: 'Dejó de estar activo durante la copia', en: 'No longer active when the copy came to it' },
  none: {
    es: 'Todavía no hay copias. Registre una tienda con store:create.',
    en: 'There are no copies yet. Register a store with store:create.',
  },
} as const satisfies Record<string, Text>

const countNames = {
  copied: { es: 'copiados', en: 'copied' },
  updated: { es: 'actualizados', en: 'updated' },
  unchanged: { es: 'sin cambios', en: 'unchanged' },
  skipped: { es: 'omitidos', en: 'skipped' },
  errors: { es: 'con error', en: 'with errors' },
} as const satisfies Record<string, Text>
