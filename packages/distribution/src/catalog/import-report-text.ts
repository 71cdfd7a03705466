import { formatNumber, type Locale, type Text } from '../i18n/locale.ts'
import type { DeletedProduct, ImportReport } from './import-catalog.ts'
import type { BadLine, DamagedLine, RepeatedSku } from './price-list.ts'
import { letterInCp850 } from './price-list-encoding.ts'
import { quoted } from './price-list-errors.ts'

/** The report of an import as lines for a person: the counts, then all that somebody should look at. */
export function describeImport(report: ImportReport, locale: Locale): readonly string[] {
  const texts = [
    ...counts(report),
    ...list(repeatedTitle, report.repeated, repeatedSku),
    ...list(damagedTitle, report.damaged, damagedLine),
    ...list(deletedTitle, report.deleted, deletedProduct),
    ...list(badTitle, report.badLines, badLine),
    ...ignoredColumns(report.ignoredColumns),
  ]
  return texts.map((text) => text[locale])
}

/** Nobody reads more, and ten thousand lines would push the counts out of sight. */
const maxItems = 200
const maxLineNumbers = 20

function counts(report: ImportReport): readonly Text[] {
  const { lines, created, updated, unchanged, prices, withoutPrice } = report
  return [
    text(
      (n) => `${n(lines)} ${lines === 1 ? 'línea leída' : 'líneas leídas'}.`,
      (n) => `${n(lines)} ${lines === 1 ? 'line' : 'lines'} read.`,
    ),
    text(
      (n) => `Productos: ${n(created)} nuevos, ${n(updated)} actualizados, ${n(unchanged)} sin cambios.`,
      (n) => `Products: ${n(created)} new, ${n(updated)} updated, ${n(unchanged)} unchanged.`,
    ),
    text(
      (n) => `Precios escritos: ${n(prices)}. Productos sin precio: ${n(withoutPrice)}.`,
      (n) => `Prices written: ${n(prices)}. Products without a price: ${n(withoutPrice)}.`,
    ),
  ]
}

type Format = (value: number) => string

function text(es: (format: Format) => string, en: (format: Format) => string): Text {
  return { es: es((value) => formatNumber(value, 'es')), en: en((value) => formatNumber(value, 'en')) }
}

function list<Item>(
  title: (count: number) => Text,
  items: readonly Item[],
  describe: (item: Item) => Text,
): readonly Text[] {
  if (items.length === 0) return []
  const more = items.length - maxItems
  const shown = items.slice(0, maxItems).map(describe)
  return [title(items.length), ...shown.map(indented), ...(more > 0 ? [indented(andMore(more))] : [])]
}

function indented(line: Text): Text {
  return { es: `  ${line.es}`, en: `  ${line.en}` }
}

function andMore(count: number): Text {
  return text(
    (n) => `… y ${n(count)} más`,
    (n) => `… and ${n(count)} more`,
  )
}

function repeatedTitle(count: number): Text {
  return text(
    (n) => `${n(count)} SKU ${count === 1 ? 'repetido' : 'repetidos'}; vale la última línea:`,
    (n) => `${n(count)} repeated ${count === 1 ? 'SKU' : 'SKUs'}; the last line counts:`,
  )
}

function repeatedSku({ sku, lines, used }: RepeatedSku): Text {
  const numbers = lines.slice(0, maxLineNumbers).join(', ') + (lines.length > maxLineNumbers ? ', …' : '')
  return {
    es: `${sku}: líneas ${numbers}; vale la ${used}`,
    en: `${sku}: lines ${numbers}; line ${used} counts`,
  }
}

function damagedTitle(count: number): Text {
  return text(
    (n) => `${n(count)} ${count === 1 ? 'línea' : 'líneas'} con bytes dañados, importadas con «�» en su lugar:`,
    (n) => `${n(count)} ${count === 1 ? 'line' : 'lines'} with damaged bytes, imported with "�" in their place:`,
  )
}

function damagedLine({ line, bytes, name }: DamagedLine): Text {
  return {
    es: `línea ${line}: ${bytes.map((byte) => describeByte(byte, 'en')).join(', ')}: ${quoted(name)}`,
    en: `line ${line}: ${bytes.map((byte) => describeByte(byte, 'in')).join(', ')}: ${quoted(name)}`,
  }
}

function describeByte(byte: string, preposition: string): string {
  const letter = letterInCp850(byte)
  return letter === undefined ? byte : `${byte} (${letter} ${preposition} CP850)`
}

function deletedTitle(count: number): Text {
  return text(
    (n) => `${n(count)} ${count === 1 ? 'producto eliminado que sigue así' : 'productos eliminados que siguen así'}:`,
    (n) => `${n(count)} deleted ${count === 1 ? 'product that stays so' : 'products that stay so'}:`,
  )
}

function deletedProduct({ line, sku }: DeletedProduct): Text {
  return { es: `línea ${line}: ${sku}`, en: `line ${line}: ${sku}` }
}

function badTitle(count: number): Text {
  return text(
    (n) => `${n(count)} ${count === 1 ? 'línea rechazada' : 'líneas rechazadas'}; las demás se importaron:`,
    (n) => `${n(count)} ${count === 1 ? 'line' : 'lines'} refused; the others were imported:`,
  )
}

function badLine(bad: BadLine): Text {
  return { es: `línea ${bad.line}: ${bad.text.es}`, en: `line ${bad.line}: ${bad.text.en}` }
}

function ignoredColumns(columns: readonly string[]): readonly Text[] {
  if (columns.length === 0) return []
  const names = columns.slice(0, maxLineNumbers).map(quoted).join(', ')
  return [{ es: `Columnas que no se usan: ${names}.`, en: `Columns that are not used: ${names}.` }]
}
