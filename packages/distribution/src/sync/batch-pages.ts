import { formatNumber, type Locale, type Text } from '../i18n/locale.ts'
import { badge } from '../pages/badge.ts'
import { type Html, html } from '../pages/html.ts'
import type { Page } from '../pages/layout.ts'
import { moment } from '../pages/moments.ts'
import { address, renderPager } from '../pages/pager.ts'
import { type BatchButton, batchButtons } from './batch-buttons.ts'
import { batchLabels, stateLabel } from './batch-texts.ts'
import type { Batch, BatchProgress, BatchStore } from './batches.ts'

/** The latest publications of the distributor, newest first. */
export function batchListPage(batches: readonly Batch[], locale: Locale): Page {
  return {
    title: texts.title,
    section: 'batches',
    content: html`<div class="page-head"><h1>${texts.title[locale]}</h1></div>
<section class="panel" aria-label="${texts.title[locale]}">
${batches.length === 0 ? html`<p class="empty">${texts.none[locale]}</p>` : batchTable(batches, locale)}
</section>`,
  }
}

function batchTable(batches: readonly Batch[], locale: Locale): Html {
  return html`<table class="cards" role="table">
<thead role="rowgroup"><tr role="row">${[texts.publication, texts.state, texts.began, texts.ended].map(
    (text) => html`<th role="columnheader" scope="col">${text[locale]}</th>`,
  )}</tr></thead>
<tbody role="rowgroup">${batches.map((batch) => batchRow(batch, locale))}</tbody>
</table>`
}

function batchRow({ id, state, createdAt, finishedAt }: Batch, locale: Locale): Html {
  return html`<tr role="row">
<td role="cell" class="name"><a href="/publicaciones/${id}">${texts.publication[locale]} ${id}</a></td>
<td role="cell" data-label="${texts.state[locale]}">${badge(state, batchLabels[state], locale)}</td>
<td role="cell" data-label="${texts.began[locale]}">${moment(createdAt, locale)}</td>
<td role="cell" data-label="${texts.ended[locale]}">${finishedAt === null ? '—' : moment(finishedAt, locale)}</td>
</tr>`
}

interface BatchView {
  readonly batch: BatchProgress
  /** The stores that are shown follow the one with this number. */
  readonly afterId: number
}

/** One publication, store by store. While it is under way the page asks for itself again every three seconds. */
export function batchPage(view: BatchView, locale: Locale): Page {
  const { batch } = view
  const title = { es: `Publicación ${batch.id}`, en: `Publication ${batch.id}` }
  return {
    title,
    section: 'batches',
    content: html`<p class="back"><a href="/publicaciones">${texts.back[locale]}</a></p>
<div class="page-head"><h1>${title[locale]}</h1></div>
<div id="batch" class="batch-panels">
${batch.state === 'running' && refresher(view, locale)}
${progressPanel(batch, locale)}
${storesPanel(view, locale)}
</div>`,
  }
}

/** Goes away with the answer in which nothing moves any more. */
function refresher({ batch: { id }, afterId }: BatchView, locale: Locale): Html {
  const here = addressOf(id, afterId)
  return html`<div hidden hx-get="${here}" hx-trigger="every 3s" hx-target="#batch" hx-select="#batch" hx-swap="outerMorph"></div>
<noscript><p class="muted">${texts.noScript[locale]} <a href="${here}">${texts.reload[locale]}</a></p></noscript>`
}

function progressPanel(batch: BatchProgress, locale: Locale): Html {
  const { id, state, percent, createdAt, finishedAt } = batch
  return html`<section class="panel run-panel" aria-labelledby="batch-progress-title">
<div class="panel-head"><h2 id="batch-progress-title">${texts.progress[locale]}</h2>${badge(state, batchLabels[state], locale)}</div>
<p class="run-status" role="status">${sentenceOf(batch)[locale]}</p>
<progress max="100" value="${percent}" aria-label="${texts.bar[locale]}"></progress>
<p class="progress-text"><span class="progress-count">${endedText(batch)[locale]}</span> <span class="progress-percent">${percent} %</span></p>
<dl class="counts">${Object.entries(batch.counts).map(([each, count]) => countOf(each, count, locale))}</dl>
<p class="muted facts"><span>${texts.began[locale]} ${moment(createdAt, locale)}</span>${finishedAt && html`<span>${texts.ended[locale]} ${moment(finishedAt, locale)}</span>`}</p>
<div class="run-buttons">${batchButtons(state).map((button) => batchForm(id, button, locale))}</div>
</section>`
}

function batchForm(id: number, { action, label }: BatchButton, locale: Locale): Html {
  return html`<form method="post" action="/publicaciones/${id}/${action}"><button class="button button-quiet">${label[locale]}</button></form>`
}

function countOf(state: string, count: number, locale: Locale): Html {
  return html`<div><dt>${stateLabel(state).text[locale]}</dt><dd>${formatNumber(count, locale)}</dd></div>`
}

const storesOnPage = 100

function storesPanel({ batch, afterId }: BatchView, locale: Locale): Html {
  const { id, stores } = batch
  const left = stores.filter(({ companyId }) => companyId > afterId)
  const shown = left.slice(0, storesOnPage)
  return html`<section class="panel" aria-labelledby="batch-stores-title">
<h2 id="batch-stores-title">${texts.stores[locale]} <span class="count">${formatNumber(stores.length, locale)}</span></h2>
<table class="cards" role="table">
<thead role="rowgroup"><tr role="row">${[texts.store, texts.state, texts.products, texts.action].map(
    (text) => html`<th role="columnheader" scope="col">${text[locale]}</th>`,
  )}</tr></thead>
<tbody role="rowgroup">${shown.map((store) => storeRow(id, store, locale))}</tbody>
</table>
${renderPager(
  {
    label: texts.pages[locale],
    first: afterId === 0 ? undefined : addressOf(id, 0),
    next: left.length > storesOnPage ? addressOf(id, shown.at(-1)?.companyId ?? 0) : undefined,
  },
  locale,
)}
</section>`
}

function addressOf(id: number, afterId: number): string {
  return address(`/publicaciones/${id}`, { after: afterId === 0 ? undefined : afterId })
}

function storeRow(batchId: number, store: BatchStore, locale: Locale): Html {
  const { companyId, name, state, error } = store
  const isOpen = ['waiting', 'pending', 'running', 'paused'].includes(state)
  return html`<tr role="row" id="store-${companyId}">
<td role="cell" class="name"><a href="/stores/${companyId}">${name}</a></td>
<td role="cell" data-label="${texts.state[locale]}">${badge(state, stateLabel(state), locale)}${error && html` <span class="run-error">${error}</span>`}</td>
<td role="cell" data-label="${texts.products[locale]}">${productsOf(store, locale)}</td>
<td role="cell" data-label="${texts.action[locale]}">${isOpen ? cancelStore(batchId, store, locale) : '—'}</td>
</tr>`
}

function productsOf({ total, processed }: BatchStore, locale: Locale): string {
  return total === null ? '—' : `${formatNumber(processed, locale)}/${formatNumber(total, locale)}`
}

function cancelStore(batchId: number, { companyId, name }: BatchStore, locale: Locale): Html {
  return html`<form method="post" action="/publicaciones/${batchId}/stores/${companyId}/cancel"><button class="button button-quiet">${texts.cancelStore[locale]}<span class="visually-hidden">: ${name}</span></button></form>`
}

function endedText({ ended, stores }: BatchProgress): Text {
  return {
    es: `${formatNumber(ended, 'es')} de ${formatNumber(stores.length, 'es')} tiendas terminadas`,
    en: `${formatNumber(ended, 'en')} of ${formatNumber(stores.length, 'en')} stores have ended`,
  }
}

function sentenceOf({ state, counts }: BatchProgress): Text {
  return state === 'completed' && counts.cancelled ? withCancelled : sentences[state]
}

const withCancelled: Text = {
  es: 'La publicación terminó; a las tiendas canceladas no llegó todo el catálogo.',
  en: 'The publication has ended; the cancelled stores do not have all of the catalogue.',
}

const sentences: Readonly<Record<Batch['state'], Text>> = {
  running: {
    es: 'El catálogo va llegando a las tiendas, unas pocas a la vez.',
    en: 'The catalogue is reaching the stores, a few at a time.',
  },
  paused: {
    es: 'En pausa: cada copia quedó en su página y sigue ahí cuando la publicación se reanuda.',
    en: 'Paused: each copy stands at its page and goes on there when the publication is resumed.',
  },
  completed: { es: 'El catálogo llegó a todas las tiendas.', en: 'The catalogue has reached all stores.' },
  completed_with_errors: {
    es: 'La publicación terminó, y alguna tienda necesita revisión.',
    en: 'The publication has ended, and a store needs a look.',
  },
  cancelled: {
    es: 'Cancelada: lo que ya se copió queda en las tiendas.',
    en: 'Cancelled: what was copied stays in the stores.',
  },
}

const texts = {
  title: { es: 'Publicaciones', en: 'Publications' },
  none: {
    es: 'Todavía no hay publicaciones. Haga la primera con «catalog:publish».',
    en: 'There are no publications yet. Make the first with "catalog:publish".',
  },
  publication: { es: 'Publicación', en: 'Publication' },
  state: { es: 'Estado', en: 'State' },
  began: { es: 'Empezó', en: 'Began' },
  ended: { es: 'Terminó', en: 'Ended' },
  back: { es: '← Todas las publicaciones', en: '← All publications' },
  progress: { es: 'Avance', en: 'Progress' },
  bar: { es: 'Avance de la publicación', en: 'Progress of the publication' },
  stores: { es: 'Tiendas', en: 'Stores' },
  store: { es: 'Tienda', en: 'Store' },
  products: { es: 'Productos', en: 'Products' },
  action: { es: 'Acción', en: 'Action' },
  cancelStore: { es: 'Cancelar', en: 'Cancel' },
  pages: { es: 'Más tiendas', en: 'More stores' },
  noScript: {
    es: 'El avance no se actualiza solo en este navegador.',
    en: 'The progress does not move by itself in this browser.',
  },
  reload: { es: 'Actualizar', en: 'Refresh' },
} as const satisfies Readonly<Record<string, Text>>
