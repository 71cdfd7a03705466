import { formatNumber, type Locale, type Text } from '../../i18n/locale.ts'
import { type Html, html } from '../../pages/html.ts'
import { isActive, unreadableText } from '../runs/run-texts.ts'
import type { RunProgress } from '../runs/runs.ts'
import type { ListedOutcome, ReasonCount } from '../runs/store-products.ts'
import { reasonText } from './reason-texts.ts'

interface RunReport {
  readonly companyId: number
  readonly run: RunProgress | null
  /** False when the store's database could not be asked. */
  readonly isReadable: boolean
  /** How many products each reason has. */
  readonly reasons: readonly ReasonCount[]
  /** The products themselves, as many as a page bears. */
  readonly outcomes: readonly ListedOutcome[]
}

/** The products to look at, by reason, and the way to copy again. Reloads itself when the run ends. */
export function runReport(report: RunReport, locale: Locale): Html {
  const { companyId, run, isReadable, reasons, outcomes } = report
  return html`<section id="run-report" class="panel" aria-labelledby="report-title"
hx-get="/stores/${companyId}" hx-trigger="run-ended from:body" hx-select="#run-report" hx-swap="outerHTML">
<h2 id="report-title">${texts.title[locale]}</h2>
${reasons.length === 0 && html`<p class="muted">${(isReadable ? nothingText(run) : unreadableText)[locale]}</p>`}
${reasons.map((reason) => reasonGroup(reason, outcomes, locale))}
${reasons.length > 0 && html`<p><a class="button" href="/stores/${companyId}/report.csv" download>${texts.download[locale]}</a></p>`}
${!isActive(run) && copyAgain(companyId, run, locale)}
</section>`
}

function nothingText(run: RunProgress | null): Text {
  if (isActive(run)) return texts.later
  return run?.state === 'completed' ? texts.nothing : texts.unknown
}

function reasonGroup(count: ReasonCount, outcomes: readonly ListedOutcome[], locale: Locale): Html {
  const products = outcomes.filter(({ reason, outcome }) => reason === count.reason && outcome === count.outcome)
  const hidden = count.products - products.length
  return html`<details class="reason">
<summary>${reasonText(count.reason)[locale]} <span class="count">${formatNumber(count.products, locale)}</span></summary>
<ul class="reason-products">${products.map(({ sku, name }) => html`<li><code>${sku}</code> ${name}</li>`)}</ul>
${hidden > 0 && html`<p class="muted">${moreText(hidden)[locale]}</p>`}
</details>`
}

function copyAgain(companyId: number, run: RunProgress | null, locale: Locale): Html {
  return html`<form method="post" action="/stores/${companyId}/runs" class="report-action">
<button class="button">${(run ? texts.again : texts.first)[locale]}</button>
<p class="muted">${texts.againHelp[locale]}</p>
</form>`
}

function moreText(hidden: number): Text {
  return { es: `… y ${formatNumber(hidden, 'es')} más.`, en: `… and ${formatNumber(hidden, 'en')} more.` }
}

const texts = {
  title: { es: 'Productos para revisar', en: 'Products to look at' },
  later: { es: 'El informe aparece aquí cuando la copia termina.', en: 'The report appears here when the copy ends.' },
  nothing: { es: 'Ningún producto necesita revisión.', en: 'No product needs a look.' },
  unknown: { es: 'No hay un informe para mostrar.', en: 'There is no report to show.' },
  download: { es: 'Descargar el informe (CSV)', en: 'Download the report (CSV)' },
  again: { es: 'Copiar de nuevo', en: 'Copy again' },
  first: { es: 'Copiar los productos', en: 'Copy the products' },
  againHelp: {
    es: 'Trae lo nuevo y lo que cambió; no duplica ni borra productos.',
    en: 'Brings what is new or has changed; it duplicates and deletes nothing.',
  },
} as const
