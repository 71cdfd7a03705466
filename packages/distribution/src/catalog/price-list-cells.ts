import type { Text } from '../i18n/locale.ts'
import type { Column } from './price-list-columns.ts'
import { quoted } from './price-list-errors.ts'
import { parseDecimal } from './price-list-number.ts'

/** One product as the list states it; null where the column is missing or the cell empty, which changes nothing stored. */
export interface PriceListLine {
  /** Physical line in the file; the header's is 1. */
  readonly line: number
  readonly sku: string
  readonly name: string
  /** Pesos. */
  readonly price: number | null
  readonly category: string | null
  /** Percentage, 0 to 100. */
  readonly tax: number | null
  readonly brand: string | null
  readonly unit: string | null
  readonly image: string | null
  readonly isActive: boolean | null
}

/** Reads the cells of one record, or answers one sentence with all that is wrong with them. */
export function readLine(line: number, cell: (column: Column) => string): PriceListLine | Text {
  const problems: Text[] = []
  const report: Report = (problem) => void problems.push(problem)
  const read = {
    line,
    sku: readSku(cell('sku'), report),
    name: readLabel('name', cell('name'), report) ?? reportEmptyName(report),
    price: readPrice(cell('price'), report),
    category: readLabel('category', cell('category'), report),
    tax: readTax(cell('tax'), report),
    brand: readLabel('brand', cell('brand'), report),
    unit: readLabel('unit', cell('unit'), report),
    image: readImage(cell('image'), report),
    isActive: readStatus(cell('status'), report),
  }
  return problems.length === 0 ? read : joined(problems)
}

type Report = (problem: Text) => void

const maxLabel = 255
const maxImage = 2048
const maxPrice = 999_999_999

function joined(problems: readonly Text[]): Text {
  return { es: problems.map((text) => text.es).join(' '), en: problems.map((text) => text.en).join(' ') }
}

function readSku(value: string, report: Report): string {
  if (value === '') report({ es: 'Falta el SKU.', en: 'The SKU is missing.' })
  else if (value.length > maxLabel) report(tooLong('SKU', value.length, maxLabel))
  else if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\uFFFD]/u.test(value)) report(unprintableSku(value))
  else if (/^\d[.,]?\d*E\+\d+$/i.test(value)) report(scientificSku(value))
  return value
}

/** A line break or tab inside a cell is typing, not text: it becomes a space. */
function readLabel(column: Column, value: string, report: Report): string | null {
  const label = value.replaceAll(/[\t\r\n]+/g, ' ')
  if (label.length > maxLabel) report(tooLong(columnTitles[column], label.length, maxLabel))
  if (/\p{Cc}/u.test(label)) report(controlCharacter(columnTitles[column], label))
  return label === '' ? null : label
}

function reportEmptyName(report: Report): string {
  report({ es: 'Falta el nombre.', en: 'The name is missing.' })
  return ''
}

function readPrice(value: string, report: Report): number | null {
  if (value === '') return null
  const price = parseDecimal(value)
  if (price !== undefined && price <= maxPrice) return price
  report({
    es: `El precio ${quoted(value)} no sirve: escriba un número de 0 a 999.999.999, por ejemplo 12500 o 1.234,50.`,
    en: `The price ${quoted(value)} cannot be used: write a number from 0 to 999,999,999, for example 12500 or 1.234,50.`,
  })
  return null
}

function readTax(value: string, report: Report): number | null {
  if (value === '') return null
  const percentage = parseDecimal(value.replace(/\s*%$/, ''))
  if (percentage === undefined || percentage > 100) report(badTax(value))
  else if (percentage > 0 && percentage < 1) report(fractionTax(value, percentage))
  return percentage ?? null
}

function readImage(value: string, report: Report): string | null {
  if (value === '') return null
  if (value.length > maxImage) report(tooLong(columnTitles.image, value.length, maxImage))
  else if (/\p{Cc}/u.test(value)) report(controlCharacter(columnTitles.image, value))
  else if (!isRelativePath(value) && !isSafeUrl(value)) report(badImage(value))
  return value
}

function isRelativePath(value: string): boolean {
  const isLocal = !/^[a-z][a-z0-9+.-]*:/i.test(value) && !value.startsWith('//')
  return isLocal && !value.includes('\\') && !value.split('/').includes('..')
}

function isSafeUrl(value: string): boolean {
  const url = URL.parse(value)
  return url?.protocol === 'https:' && url.hostname !== '' && url.username === '' && url.password === ''
}

const statuses: ReadonlyMap<string, boolean> = new Map([
  ['1', true],
  ['activo', true],
  ['si', true],
  ['0', false],
  ['inactivo', false],
  ['no', false],
])

function readStatus(value: string, report: Report): boolean | null {
  if (value === '') return null
  const status = statuses.get(value.toLowerCase().replace('í', 'i'))
  if (status === undefined) {
    report({
      es: `El estado ${quoted(value)} no se conoce: escriba 1 (activo) o 0 (inactivo).`,
      en: `The state ${quoted(value)} is not known: write 1 (active) or 0 (inactive).`,
    })
  }
  return status ?? null
}

const columnTitles: Readonly<Record<Column, string>> = {
  sku: 'SKU',
  name: 'nombre',
  price: 'precio',
  category: 'categoría',
  tax: 'IVA',
  brand: 'marca',
  unit: 'unidad',
  image: 'imagen',
  status: 'estado',
}

function tooLong(column: string, length: number, most: number): Text {
  return {
    es: `La columna ${column} tiene ${length} caracteres y el máximo es ${most}. Acórtela.`,
    en: `The column ${column} has ${length} characters and the most is ${most}. Shorten it.`,
  }
}

function controlCharacter(column: string, value: string): Text {
  return {
    es: `La columna ${column} lleva un carácter de control: ${quoted(value)}. Escríbala de nuevo.`,
    en: `The column ${column} holds a control character: ${quoted(value)}. Type it again.`,
  }
}

function unprintableSku(value: string): Text {
  return {
    es: `El SKU ${quoted(value)} lleva un carácter que no se puede imprimir. Escríbalo de nuevo.`,
    en: `The SKU ${quoted(value)} holds a character that cannot be printed. Type it again.`,
  }
}

function scientificSku(value: string): Text {
  return {
    es: `El SKU ${quoted(value)} quedó en notación científica y perdió cifras. Dé formato de texto a la columna y guarde de nuevo.`,
    en: `The SKU ${quoted(value)} is in scientific notation and lost digits. Format the column as text and save again.`,
  }
}

function badTax(value: string): Text {
  return {
    es: `El IVA ${quoted(value)} no sirve: escriba un porcentaje de 0 a 100, por ejemplo 19.`,
    en: `The tax ${quoted(value)} cannot be used: write a percentage from 0 to 100, for example 19.`,
  }
}

function fractionTax(value: string, fraction: number): Text {
  const percentage = Number((fraction * 100).toFixed(4))
  return {
    es: `El IVA ${quoted(value)} sería menos de 1 %. Si quiso decir ${percentage} %, escriba ${percentage}.`,
    en: `The tax ${quoted(value)} would be less than 1 %. If you meant ${percentage} %, write ${percentage}.`,
  }
}

function badImage(value: string): Text {
  return {
    es: `La imagen ${quoted(value)} no sirve: escriba una ruta relativa sin «..», o una dirección https://.`,
    en: `The image ${quoted(value)} cannot be used: write a relative path without "..", or an https:// address.`,
  }
}
