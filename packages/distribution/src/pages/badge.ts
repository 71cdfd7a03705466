import type { Locale, Text } from '../i18n/locale.ts'
import { type Html, html } from './html.ts'

/** How a state is shown: a sign that stands for it, and its name. */
export interface StateLabel {
  readonly mark: string
  readonly text: Text
}

/** A state as a small label, in the colours of its kind. */
export function badge(kind: string, { mark, text }: StateLabel, locale: Locale): Html {
  return html`<span class="badge badge-${kind}"><span aria-hidden="true">${mark}</span> ${text[locale]}</span>`
}
