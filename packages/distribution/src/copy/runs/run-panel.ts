import { formatNumber, type Locale, type Text } from '../../i18n/locale.ts'
import { badge } from '../../pages/badge.ts'
import { type Html, html } from '../../pages/html.ts'
import { moment } from '../../pages/moments.ts'
import { runButtons } from './run-buttons.ts'
import { hasProgress, isActive, percentOf, progressText, quarterText, runSentence, stateLabels } from './run-texts.ts'
import type { RunProgress } from './runs.ts'

/** The state of a store's copy as a small label. */
export function runBadge(run: RunProgress | null, locale: Locale): Html {
  if (!run) return html`<span class="badge">${texts.none[locale]}</span>`
  return badge(run.state, stateLabels[run.state], locale)
}

/** The bar with its text. Without script it shows what is true when the page is made. */
export function runProgressBar(run: RunProgress | null, locale: Locale): Html {
  if (!run) return html``
  return html`${hasProgress(run) && bar(run, locale)}
${run.error && html`<p class="run-error"><strong>${lastError(run)[locale]}</strong> ${firstLine(run.error)}</p>`}`
}

function bar(run: RunProgress, locale: Locale): Html {
  const max = run.total || 1
  return html`<progress max="${max}" value="${run.state === 'completed' ? max : run.processed}" aria-label="${texts.bar[locale]}"></progress>
<p class="progress-text"><span class="progress-count">${progressText(run)[locale]}</span> <span class="progress-percent">${run.state === 'completed' ? 100 : percentOf(run)} %</span></p>`
}

/** The outcomes of a run; together they are the distributor's active products. */
export function runCounts(run: RunProgress | null, locale: Locale): Html {
  if (!run || run.total === null) return html``
  const counts = (['copied', 'updated', 'unchanged', 'skipped', 'errors'] as const).map(
    (name) =>
      html`<div class="count-${name}"><dt>${countLabels[name][locale]}</dt><dd>${formatNumber(run[name], locale)}</dd></div>`,
  )
  return html`<dl class="counts">${counts}</dl>
<p class="counts-sum">${sumText(run, run.total)[locale]}</p>
${run.finishedAt && html`<p class="muted">${texts.finished[locale]} ${moment(run.finishedAt, locale)}</p>`}`
}

interface RunPanel {
  readonly companyId: number
  readonly run: RunProgress | null
  /** True on the page that follows the registration. */
  readonly isNew: boolean
}

/** What a store's page shows of its latest run, and what keeps it current. */
export function runPanel({ companyId, run, isNew }: RunPanel, locale: Locale): Html {
  return html`<section class="panel run-panel" aria-labelledby="run-title">
<h2 id="run-title">${texts.title[locale]}</h2>
<p class="run-status">${isNew && html`<strong>${texts.created[locale]}</strong> `}<span id="run-status" role="status">${runStatus(run, locale)}</span></p>
<div id="run-progress">${runProgressBar(run, locale)}</div>
<div id="run-counts">${runCounts(run, locale)}</div>
<div id="run-buttons" class="run-buttons">${runButtons(run, locale)}</div>
${isActive(run) && liveUpdates(companyId, locale)}
</section>`
}

/** An empty element that listens to the store's events, and asks every few seconds when it may or can not listen. */
function liveUpdates(companyId: number, locale: Locale): Html {
  return html`<div id="run-live" hidden hx-sse:connect="/stores/${companyId}/events" hx-sse:close="run-ended" hx-status:503="swap:outerHTML"></div>
<div hidden hx-get="/stores/${companyId}/progress?poll=1" hx-trigger="htmx:error from:#run-live once" hx-target="#run-live" hx-swap="outerHTML"></div>
<noscript><p class="muted">${texts.noScript[locale]} <a href="/stores/${companyId}">${texts.reload[locale]}</a></p></noscript>`
}

/** Takes the place of the event stream: asks every three seconds until the run has ended. */
export function runPoller(companyId: number): Html {
  return html`<div id="run-live" hidden hx-get="/stores/${companyId}/progress" hx-trigger="every 3s" hx-swap="outerHTML"></div>`
}

interface UpdateOptions {
  /** False leaves out what screen readers say aloud, and the buttons, because they have not changed. */
  readonly withStatus: boolean
  readonly locale: Locale
}

/** The parts of a store's page that move with the run, each with where it goes. */
export function runUpdate(run: RunProgress, options: UpdateOptions): Html {
  const { locale, withStatus } = options
  return html`${part('#store-state', runBadge(run, locale))}
${withStatus && part('#run-status', runStatus(run, locale))}
${withStatus && part('#run-buttons', runButtons(run, locale))}
${part('#run-progress', runProgressBar(run, locale))}
${part('#run-counts', runCounts(run, locale))}`
}

/** What a screen reader hears; the eyes have the exact percentage at the bar. */
function runStatus(run: RunProgress | null, locale: Locale): Html {
  return html`${runSentence(run)[locale]}<span class="visually-hidden"> ${quarterText(run)}</span>`
}

function part(target: string, content: Html): Html {
  return html`<hx-partial hx-target="${target}" hx-swap="innerMorph">${content}</hx-partial>`
}

function sumText(run: RunProgress, total: number): Text {
  return {
    es: `Suma: ${formatNumber(run.processed, 'es')} de ${formatNumber(total, 'es')} productos activos del distribuidor`,
    en: `Sum: ${formatNumber(run.processed, 'en')} of ${formatNumber(total, 'en')} active products of the distributor`,
  }
}

function lastError(run: RunProgress): Text {
  return run.state === 'failed'
    ? { es: 'Motivo:', en: 'Reason:' }
    : {
        es: 'El último intento se interrumpió y se repite solo:',
        en: 'The last attempt was interrupted and is repeated:',
      }
}

function firstLine(error: string): string {
  return (error.split('\n', 1)[0] ?? '').slice(0, 300)
}

const countLabels = {
  copied: { es: 'Copiados', en: 'Copied' },
  updated: { es: 'Actualizados', en: 'Updated' },
  unchanged: { es: 'Sin cambios', en: 'Unchanged' },
  skipped: { es: 'Omitidos', en: 'Skipped' },
  errors: { es: 'Con error', en: 'With an error' },
} as const

const texts = {
  none: { es: 'Sin copia', en: 'No copy' },
  title: { es: 'Copia de productos', en: 'Copy of the products' },
  created: { es: 'Tienda creada.', en: 'Store created.' },
  bar: { es: 'Avance de la copia', en: 'Progress of the copy' },
  finished: { es: 'Terminó el', en: 'Finished on' },
  noScript: {
    es: 'El avance no se actualiza solo en este navegador.',
    en: 'The progress does not move by itself in this browser.',
  },
  reload: { es: 'Actualizar', en: 'Refresh' },
} as const
