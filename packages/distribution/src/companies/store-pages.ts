import { runBadge } from '../copy/runs/run-panel.ts'
import { isActive, progressText } from '../copy/runs/run-texts.ts'
import { formatNumber, type Locale } from '../i18n/locale.ts'
import { type Html, html } from '../pages/html.ts'
import type { Page } from '../pages/layout.ts'
import { moment } from '../pages/moments.ts'
import { address, renderPager } from '../pages/pager.ts'
import { documentOf, type StoreSummary } from './stores.ts'

interface StoreList {
  readonly stores: readonly StoreSummary[]
  readonly search: string | undefined
  readonly beforeId: number | undefined
  /** The id to go on from, when there are more. */
  readonly nextId: number | undefined
}

/** The stores, newest first. While a copy runs the list asks for itself again every two seconds. */
export function storeListPage(list: StoreList, locale: Locale): Page {
  const isEmpty = list.stores.length === 0 && list.search === undefined && list.beforeId === undefined
  return {
    title: texts.title,
    section: 'stores',
    content: html`<div class="page-head">
<h1>${texts.title[locale]}</h1>
${!isEmpty && html`<a class="button" href="/stores/new">${texts.register[locale]}</a>`}
</div>
${isEmpty ? invitation(locale) : html`${searchForm(list, locale)}${storeList(list, locale)}`}`,
  }
}

function invitation(locale: Locale): Html {
  return html`<div class="panel message">
<h2>${texts.welcome[locale]}</h2>
<p>${texts.welcomeHelp[locale]}</p>
<p><a class="button" href="/stores/new">${texts.registerFirst[locale]}</a></p>
</div>`
}

function searchForm({ search }: StoreList, locale: Locale): Html {
  return html`<form class="search" role="search" action="/">
<label class="visually-hidden" for="store-search">${texts.search[locale]}</label>
<input id="store-search" type="search" name="q" value="${search ?? ''}" maxlength="100" placeholder="${texts.search[locale]}" autocomplete="off" enterkeyhint="search">
<button class="button button-quiet">${texts.find[locale]}</button>
</form>`
}

function storeList(list: StoreList, locale: Locale): Html {
  const { stores, search, beforeId, nextId } = list
  return html`<div id="stores" class="panel">
${stores.some(({ run }) => isActive(run)) && refresher(list)}
${stores.length === 0 ? emptyList(search, locale) : storeTable(stores, locale)}
${renderPager(
  {
    label: texts.pages[locale],
    first: beforeId === undefined ? undefined : address('/', { q: search }),
    next: nextId === undefined ? undefined : address('/', { q: search, before: nextId }),
  },
  locale,
)}
</div>`
}

/** Goes away with the answer in which no copy runs any more. */
function refresher({ search, beforeId }: StoreList): Html {
  const here = address('/', { q: search, before: beforeId })
  return html`<div hidden hx-get="${here}" hx-trigger="every 2s" hx-target="#stores" hx-select="#stores" hx-swap="outerMorph"></div>`
}

function emptyList(search: string | undefined, locale: Locale): Html {
  if (search === undefined) return html`<p class="empty">${texts.noMore[locale]}</p>`
  return html`<p class="empty">${texts.notFound[locale]} «${search}». <a href="/">${texts.all[locale]}</a></p>`
}

function storeTable(stores: readonly StoreSummary[], locale: Locale): Html {
  return html`<table class="cards stores" role="table">
<thead role="rowgroup"><tr role="row">${[
    texts.store,
    texts.identification,
    texts.state,
    texts.products,
    texts.created,
  ].map((text) => html`<th role="columnheader" scope="col">${text[locale]}</th>`)}</tr></thead>
<tbody role="rowgroup">${stores.map((store) => storeRow(store, locale))}</tbody>
</table>`
}

function storeRow(store: StoreSummary, locale: Locale): Html {
  const { companyId, name, run, createdAt, isClient } = store
  const state = isClient ? runBadge(run, locale) : html`<span class="badge">${texts.supplier[locale]}</span>`
  return html`<tr role="row" id="store-${companyId}">
<td role="cell" class="name"><a href="/stores/${companyId}" id="store-link-${companyId}">${name}</a></td>
<td role="cell" class="nowrap" data-label="${texts.identification[locale]}">${documentOf(store)}</td>
<td role="cell" data-label="${texts.state[locale]}">${state}</td>
<td role="cell" data-label="${texts.products[locale]}">${progress(locale, run)}</td>
<td role="cell" data-label="${texts.created[locale]}">${moment(createdAt, locale)}</td>
</tr>`
}

function progress(locale: Locale, run: StoreSummary['run']): Html {
  if (!run || run.total === null) return html`—`
  if (run.state.startsWith('completed')) return html`${formatNumber(run.processed, locale)}`
  const text = progressText(run)[locale]
  if (!isActive(run)) return html`${text}`
  return html`<span class="row-progress"><progress max="${run.total || 1}" value="${run.processed}" aria-label="${texts.progress[locale]}"></progress> <span>${text}</span></span>`
}

const texts = {
  title: { es: 'Tiendas', en: 'Stores' },
  register: { es: 'Registrar tienda', en: 'Register a store' },
  registerFirst: { es: 'Registrar la primera tienda', en: 'Register the first store' },
  welcome: { es: 'Todavía no hay tiendas', en: 'There are no stores yet' },
  welcomeHelp: {
    es: 'Registre una tienda y su catálogo se copia solo: usted puede seguir trabajando mientras tanto.',
    en: 'Register a store and its catalogue is copied by itself: you can go on working in the meantime.',
  },
  search: { es: 'Buscar por nombre o identificación', en: 'Search by name or identification' },
  find: { es: 'Buscar', en: 'Search' },
  notFound: { es: 'Ninguna tienda coincide con', en: 'No store matches' },
  noMore: { es: 'No hay más tiendas.', en: 'There are no more stores.' },
  all: { es: 'Ver todas', en: 'Show all' },
  pages: { es: 'Páginas de tiendas', en: 'Pages of stores' },
  store: { es: 'Tienda', en: 'Store' },
  identification: { es: 'Identificación', en: 'Identification' },
  state: { es: 'Copia', en: 'Copy' },
  supplier: { es: 'Proveedor', en: 'Supplier' },
  products: { es: 'Productos', en: 'Products' },
  progress: { es: 'Avance de la copia', en: 'Progress of the copy' },
  created: { es: 'Registrada', en: 'Registered' },
} as const
