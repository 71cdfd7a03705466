import type { Locale, Text } from '@surtidor/queue/commands'

export type { Locale, Text }

const numberFormats = { es: new Intl.NumberFormat('es-CO'), en: new Intl.NumberFormat('en-US') } as const
const pesoFormat = new Intl.NumberFormat('es-CO', { style: 'currency', currency: 'COP', maximumFractionDigits: 0 })

/** `1.034` in Spanish, `1,034` in English. */
export function formatNumber(value: number, locale: Locale): string {
  return numberFormats[locale].format(value)
}

/** Colombian pesos without decimals: `$ 12.300`. */
export function formatPesos(value: number): string {
  return pesoFormat.format(value)
}
