import type { Locale, Text } from '../../i18n/locale.ts'
import type { OutcomeKind } from '../plan/outcomes.ts'
import { outcomeLabels, reasonBesideOutcome } from './reason-texts.ts'

/** A line of the report: a product and one thing to look at in it. */
export interface ReportRow {
  /** The distributor's. */
  readonly sku: string
  readonly name: string
  readonly outcome: OutcomeKind
  readonly reason: string | null
  /** Null when the product is not in the store. */
  readonly storeSku: string | null
  /** Whole pesos, as all amounts here; null when the product is not in the store. */
  readonly cost: number | null
  readonly price: number | null
  /** With a margin that is too low. */
  readonly suggestedPrice: number | null
}

/**
 * The report as a file that Excel opens with a double click where Colombia's settings are: UTF-8 with a byte order mark,
 * semicolons, CRLF. Yields the file page by page, so that a report of any length can be streamed.
 */
export async function* reportCsv(
  pages: AsyncIterable<readonly ReportRow[]> | Iterable<readonly ReportRow[]>,
  locale: Locale,
): AsyncGenerator<string> {
  yield byteOrderMark + csvLine(columns.map(({ title }) => title[locale]))
  for await (const rows of pages)
    yield rows.map((row) => csvLine(columns.map(({ cell }) => cell(row, locale)))).join('')
}

/** Without it Excel takes the file for Windows-1252 and breaks every accent. */
export const byteOrderMark = '\uFEFF'

/** Empty when null. */
export type Cell = string | number | null

interface ReportColumn {
  readonly title: Text
  readonly cell: (row: ReportRow, locale: Locale) => Cell
}

const columns: readonly ReportColumn[] = [
  { title: { es: 'SKU', en: 'SKU' }, cell: ({ sku }) => sku },
  { title: { es: 'Producto', en: 'Product' }, cell: ({ name }) => name },
  { title: { es: 'Resultado', en: 'Outcome' }, cell: ({ outcome }, locale) => outcomeLabels[outcome][locale] },
  {
    title: { es: 'Motivo', en: 'Reason' },
    cell: ({ reason }, locale) => reason && reasonBesideOutcome(reason)[locale],
  },
  { title: { es: 'SKU en la tienda', en: 'SKU in the store' }, cell: ({ storeSku }) => storeSku },
  { title: { es: 'Costo', en: 'Cost' }, cell: ({ cost }) => cost },
  { title: { es: 'Precio', en: 'Price' }, cell: ({ price }) => price },
  { title: { es: 'Precio sugerido', en: 'Suggested price' }, cell: ({ suggestedPrice }) => suggestedPrice },
]

/** Text that a spreadsheet would take for a formula stays text. */
export function csvLine(cells: readonly Cell[]): string {
  return `${cells.map(csvField).join(';')}\r\n`
}

function csvField(cell: Cell): string {
  if (cell === null) return ''
  const text = typeof cell === 'number' ? String(cell) : asText(cell)
  return /[";\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/**
 * A spreadsheet runs text that begins like a formula, and names come from a distributor's list: an apostrophe makes it
 * text again. The wide signs are those that Excel takes for the narrow ones.
 */
function asText(text: string): string {
  return /^[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/.test(text) ? `'${text}` : text
}
