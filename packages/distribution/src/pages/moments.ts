import { dateOf } from '../database/utc-text.ts'
import type { Locale } from '../i18n/locale.ts'
import { type Html, html } from './html.ts'

const languages = { es: 'es-CO', en: 'en-US' } as const

const formats = {
  es: momentFormat('es'),
  en: momentFormat('en'),
} as const

/** A moment as people in Colombia read it, from the UTC text `YYYY-MM-DD HH:MM:SS` or from unix seconds. */
export function moment(value: string | number, locale: Locale): Html {
  const date = typeof value === 'number' ? new Date(value * 1000) : dateOf(value)
  if (Number.isNaN(date.getTime())) return html`${value}`
  return html`<time datetime="${date.toISOString()}">${said(date, locale)}</time>`
}

/** The same without a mark, from the UTC text alone. */
export function momentText(value: string, locale: Locale): string {
  return said(dateOf(value), locale)
}

function said(date: Date, locale: Locale): string {
  return formats[locale].format(date).replaceAll(' de ', ' ')
}

function momentFormat(locale: Locale): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(languages[locale], {
    timeZone: 'America/Bogota',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: 'numeric',
    minute: '2-digit',
  })
}
