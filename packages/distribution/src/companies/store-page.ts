import { runBadge, runPanel } from '../copy/run-panel.ts'
import type { Locale, Text } from '../i18n/locale.ts'
import { type Html, html } from '../pages/html.ts'
import type { Page } from '../pages/layout.ts'
import { moment } from '../pages/moments.ts'
import { documentOf, type StoreSummary } from './stores.ts'

interface StoreView {
  readonly store: StoreSummary
  /** True on the page that follows the registration. */
  readonly isNew: boolean
  readonly report: Html
  readonly products: Html
}

/** One store: how its copy goes, what to look at and what it sells. */
export function storePage({ store, isNew, report, products }: StoreView, locale: Locale): Page {
  const { companyId, name, run } = store
  const title: Text = { es: name, en: name }
  return {
    title,
    section: 'stores',
    content: html`<p class="back"><a href="/">${texts.back[locale]}</a></p>
<div class="page-head">
<div>
<h1>${name}</h1>
<p class="muted facts">${facts(store, locale)}</p>
</div>
<div id="store-state">${runBadge(run, locale)}</div>
</div>
<div class="store-panels">
${runPanel({ companyId, run, isNew }, locale)}
${report}
</div>
${products}`,
  }
}

function facts(store: StoreSummary, locale: Locale): Html {
  const { email, createdAt } = store
  return html`<span>${documentOf(store)}</span>
${email && html`<span>${email}</span>`}
<span>${texts.registered[locale]} ${moment(createdAt, locale)}</span>`
}

const texts = {
  back: { es: '← Todas las tiendas', en: '← All stores' },
  registered: { es: 'Registrada el', en: 'Registered on' },
} as const
