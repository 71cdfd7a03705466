import { runBadge, runPanel } from '../copy/runs/run-panel.ts'
import type { Locale, Text } from '../i18n/locale.ts'
import { type Html, html } from '../pages/html.ts'
import type { Page } from '../pages/layout.ts'
import { moment } from '../pages/moments.ts'
import { documentOf, type StoreSummary } from './stores.ts'

interface StoreView {
  readonly store: StoreSummary
  /** True on the page that follows the registration. */
  readonly isNew: boolean
  /** False for a supplier, and for a client without a user: nothing is copied. */
  readonly isStore: boolean
  readonly userPanel: Html
  readonly report: Html
  readonly products: Html
}

/** One store: how its copy goes, what to look at, its user and what it sells. */
export function storePage(view: StoreView, locale: Locale): Page {
  const { store, isNew, isStore } = view
  const { name, run, isClient } = store
  const title: Text = { es: name, en: name }
  return {
    title,
    section: 'stores',
    notice: isNew && !isStore ? (isClient ? texts.clientCreated : texts.supplierCreated) : undefined,
    content: html`<p class="back"><a href="/">${texts.back[locale]}</a></p>
<div class="page-head">
<div>
<h1>${name}</h1>
<p class="muted facts">${facts(store, locale)}</p>
</div>
<div id="store-state">${isClient ? runBadge(run, locale) : html`<span class="badge">${texts.supplier[locale]}</span>`}</div>
</div>
${isStore ? storePanels(view, locale) : isClient && view.userPanel}`,
  }
}

function storePanels({ store, isNew, report, products, userPanel }: StoreView, locale: Locale): Html {
  const { companyId, run } = store
  return html`<div class="store-panels">
${runPanel({ companyId, run, isNew }, locale)}
${report}
</div>
${userPanel}
${products}`
}

function facts(store: StoreSummary, locale: Locale): Html {
  const { email, createdAt } = store
  return html`<span>${documentOf(store)}</span>
${email && html`<span>${email}</span>`}
<span>${texts.registered[locale]} ${moment(createdAt, locale)}</span>`
}

const texts = {
  supplier: { es: 'Proveedor', en: 'Supplier' },
  supplierCreated: { es: 'Proveedor registrado.', en: 'Supplier registered.' },
  clientCreated: {
    es: 'Cliente registrado, sin usuario y sin catálogo.',
    en: 'Client registered, without a user and a catalogue.',
  },
  back: { es: '← Todas las tiendas', en: '← All stores' },
  registered: { es: 'Registrada el', en: 'Registered on' },
} as const
