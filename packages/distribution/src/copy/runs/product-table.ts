import { formatNumber, formatPesos, type Locale } from '../../i18n/locale.ts'
import { type Html, html } from '../../pages/html.ts'
import { address, renderPager } from '../../pages/pager.ts'
import { unreadableText } from './run-texts.ts'
import type { ListedProducts, StoreProduct } from './store-products.ts'

interface ProductList {
  readonly companyId: number
  readonly products: ListedProducts
  readonly search: string | undefined
  readonly afterId: number | undefined
  /** The id to go on from, when there are more. */
  readonly nextId: number | undefined
  readonly imageUrl: (path: string | null) => string | undefined
}

/** A store's products. The list reloads itself while a run writes; the search field stays as the person left it. */
export function productSection(list: ProductList, locale: Locale): Html {
  const here = address(`/stores/${list.companyId}`, { q: list.search, after: list.afterId })
  return html`<section id="products" class="panel" aria-labelledby="products-title">
<div class="panel-head">
<h2 id="products-title">${texts.title[locale]}</h2>
${searchForm(list, locale)}
</div>
<div id="product-list" hx-get="${here}" hx-trigger="run-moved from:body, run-ended from:body" hx-select="#product-list" hx-swap="outerHTML">
${productList(list, locale)}
</div>
</section>`
}

function searchForm({ companyId, search }: ProductList, locale: Locale): Html {
  return html`<form class="search" role="search" action="/stores/${companyId}${anchor}">
<label class="visually-hidden" for="product-search">${texts.search[locale]}</label>
<input id="product-search" type="search" name="q" value="${search ?? ''}" maxlength="100" placeholder="${texts.search[locale]}" autocomplete="off" enterkeyhint="search">
<button class="button button-quiet">${texts.find[locale]}</button>
</form>`
}

/** Where links within the list lead, so that the page does not jump back to its top. */
const anchor = '#products'

function productList(list: ProductList, locale: Locale): Html {
  const { products, search, afterId, nextId, companyId } = list
  if (products === 'preparing') return html`<p class="empty">${texts.preparing[locale]}</p>`
  if (products === 'unreadable') return html`<p class="empty">${unreadableText[locale]}</p>`
  if (products.length === 0) return emptyList(list, locale)
  const at = (parameters: Parameters<typeof address>[1]) => `${address(`/stores/${companyId}`, parameters)}${anchor}`
  return html`<table class="cards products" role="table">
<thead role="rowgroup"><tr role="row">${columns.map(
    ({ text, kind }) => html`<th role="columnheader" scope="col" class="${kind}">${text[locale]}</th>`,
  )}</tr></thead>
<tbody role="rowgroup">${products.map((product) => productRow(product, list.imageUrl, locale))}</tbody>
</table>
${renderPager(
  {
    label: texts.pages[locale],
    first: afterId === undefined ? undefined : at({ q: search }),
    next: nextId === undefined ? undefined : at({ q: search, after: nextId }),
  },
  locale,
)}`
}

function emptyList({ companyId, search }: ProductList, locale: Locale): Html {
  if (search === undefined) return html`<p class="empty">${texts.none[locale]}</p>`
  return html`<p class="empty">${texts.notFound[locale]} «${search}». <a href="/stores/${companyId}${anchor}">${texts.all[locale]}</a></p>`
}

function productRow(product: StoreProduct, imageUrl: ProductList['imageUrl'], locale: Locale): Html {
  const url = imageUrl(product.imagePath)
  const state = product.active ? texts.active[locale] : texts.inactive[locale]
  const tax = product.taxPercentage === null ? '—' : `${formatNumber(product.taxPercentage, locale)} %`
  return html`<tr role="row">
<td role="cell" class="image">${url ? html`<img src="${url}" alt="" width="44" height="44" loading="lazy">` : html`<span class="no-image" aria-hidden="true"></span>`}</td>
<td role="cell" class="name">${product.name}</td>
<td role="cell" class="sku" data-label="${texts.sku[locale]}"><code>${product.sku}</code></td>
<td role="cell" data-label="${texts.category[locale]}">${product.category ?? '—'}</td>
<td role="cell" class="number" data-label="${texts.tax[locale]}">${tax}</td>
<td role="cell" class="number" data-label="${texts.cost[locale]}">${formatPesos(product.cost)}</td>
<td role="cell" class="number price" data-label="${texts.price[locale]}">${formatPesos(product.price)}</td>
<td role="cell" class="state" data-label="${texts.state[locale]}"><span class="badge ${product.active ? 'badge-completed' : ''}"><span aria-hidden="true">${product.active ? '✓' : '–'}</span> ${state}</span></td>
</tr>`
}

const texts = {
  title: { es: 'Productos de la tienda', en: 'Products of the store' },
  search: { es: 'Buscar por nombre o código', en: 'Search by name or SKU' },
  find: { es: 'Buscar', en: 'Search' },
  pages: { es: 'Páginas de productos', en: 'Pages of products' },
  preparing: {
    es: 'Preparando… Los productos aparecen aquí en cuanto empiece la copia.',
    en: 'Preparing… The products appear here as soon as the copy starts.',
  },
  none: { es: 'Todavía no hay productos en esta tienda.', en: 'There are no products in this store yet.' },
  notFound: { es: 'Ningún producto coincide con', en: 'No product matches' },
  all: { es: 'Ver todos', en: 'Show all' },
  image: { es: 'Imagen', en: 'Image' },
  sku: { es: 'Código', en: 'SKU' },
  name: { es: 'Producto', en: 'Product' },
  category: { es: 'Categoría', en: 'Category' },
  tax: { es: 'IVA', en: 'VAT' },
  cost: { es: 'Costo', en: 'Cost' },
  price: { es: 'Precio', en: 'Price' },
  state: { es: 'Estado', en: 'State' },
  active: { es: 'Activo', en: 'Active' },
  inactive: { es: 'Inactivo', en: 'Inactive' },
} as const

const columns = [
  { text: texts.image, kind: 'image' },
  { text: texts.name, kind: '' },
  { text: texts.sku, kind: '' },
  { text: texts.category, kind: '' },
  { text: texts.tax, kind: 'number' },
  { text: texts.cost, kind: 'number' },
  { text: texts.price, kind: 'number' },
  { text: texts.state, kind: '' },
] as const
