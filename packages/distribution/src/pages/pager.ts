import type { Locale } from '../i18n/locale.ts'
import { type Html, html } from './html.ts'

/** Links below a list that is longer than a page. Addresses are paths of our own with a query. */
export interface Pager {
  readonly label: string
  /** Present when the list does not show its beginning. */
  readonly first?: string | undefined
  readonly next?: string | undefined
}

export function renderPager(pager: Pager, locale: Locale): Html {
  if (!pager.first && !pager.next) return html``
  return html`<nav class="pager" aria-label="${pager.label}">
${pager.first && html`<a class="button button-quiet" href="${pager.first}">${texts.first[locale]}</a>`}
${pager.next && html`<a class="button button-quiet" rel="next" href="${pager.next}">${texts.next[locale]}</a>`}
</nav>`
}

/** A path with the parameters that have a value. */
export function address(path: string, parameters: Readonly<Record<string, string | number | undefined>>): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) query.set(name, String(value))
  return query.size > 0 ? `${path}?${query}` : path
}

const texts = {
  first: { es: 'Volver al inicio', en: 'Back to the start' },
  next: { es: 'Siguiente', en: 'Next' },
} as const
