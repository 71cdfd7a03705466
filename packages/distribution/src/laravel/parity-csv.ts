import { closeSync, mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CommandError } from '@surtidor/queue/commands'
import { byteOrderMark, type Cell, csvLine } from '../copy/report/report-csv.ts'
import type { Locale, Text } from '../i18n/locale.ts'
import type { ParityFinding, ParityKind } from './parity-finding.ts'
import { defectOf, parityReasonText } from './parity-reasons.ts'

const fileName = 'parity.csv'

/** The differences as a file that Excel opens with a double click where Colombia's settings are, written as they are found. */
export class ParityCsv implements Disposable {
  readonly path: string
  readonly #file: number
  readonly #locale: Locale
  #lines: string[] = []
  #isWhole = false

  /** Throws `CommandError` when the folder cannot be written, or has such a file: it may be what somebody works on. */
  constructor(folder: string, locale: Locale) {
    this.path = join(folder, fileName)
    this.#locale = locale
    this.#file = orUnwritable(folder, () => {
      mkdirSync(folder, { recursive: true })
      return openSync(this.path, 'wx', 0o600)
    })
    this.#lines.push(byteOrderMark + csvLine(columns.map(({ title }) => title[locale])))
  }

  add(finding: ParityFinding): void {
    this.#lines.push(csvLine(columns.map(({ cell }) => cell(finding, this.#locale))))
    if (this.#lines.length >= linesAtOnce) this.#flush()
  }

  /** Without it the file goes with what writes it: half of a comparison would be taken for a whole one. */
  finish(): void {
    this.#flush()
    this.#isWhole = true
  }

  [Symbol.dispose](): void {
    closeSync(this.#file)
    if (!this.#isWhole) rmSync(this.path, { force: true })
  }

  #flush(): void {
    orUnwritable(this.path, () => writeFileSync(this.#file, this.#lines.join('')))
    this.#lines = []
  }
}

const linesAtOnce = 1_000

function orUnwritable<Result>(place: string, write: () => Result): Result {
  try {
    return write()
  } catch (error) {
    throw new CommandError(unwritable(place), { cause: error })
  }
}

function unwritable(place: string): Text {
  return {
    es: `No se puede escribir ${fileName} en ${place}: ya existe, falta permiso o falta espacio. Elija otra carpeta con --output.`,
    en: `${fileName} cannot be written in ${place}: it is there already, it is not allowed, or there is no room. Choose another folder with --output.`,
  }
}

export const kindLabels: Readonly<Record<ParityKind, Text>> = {
  missing: { es: 'Falta', en: 'Missing' },
  extra: { es: 'Sobra', en: 'Extra' },
  duplicated: { es: 'Repetido', en: 'Duplicated' },
  different: { es: 'Distinto', en: 'Different' },
}

interface Column {
  readonly title: Text
  readonly cell: (finding: ParityFinding, locale: Locale) => Cell
}

const columns: readonly Column[] = [
  { title: { es: 'Tienda', en: 'Store' }, cell: ({ companyId }) => companyId },
  { title: { es: 'SKU', en: 'SKU' }, cell: ({ sku }) => sku },
  { title: { es: 'Producto', en: 'Product' }, cell: ({ name }) => name },
  { title: { es: 'inv_items.id', en: 'inv_items.id' }, cell: ({ sourceId }) => sourceId || null },
  { title: { es: 'tat_items.id', en: 'tat_items.id' }, cell: ({ rowId }) => rowId },
  { title: { es: 'Resultado', en: 'Outcome' }, cell: ({ kind }, locale) => kindLabels[kind][locale] },
  { title: { es: 'Columna', en: 'Column' }, cell: ({ field }) => field },
  { title: { es: 'En la original', en: 'In the original' }, cell: ({ original }, locale) => numeral(original, locale) },
  { title: { es: 'En Surtidor', en: 'In Surtidor' }, cell: ({ ours }, locale) => numeral(ours, locale) },
  { title: { es: 'Motivo', en: 'Reason' }, cell: ({ reason }, locale) => parityReasonText(reason)[locale] },
  { title: { es: 'Defecto', en: 'Defect' }, cell: ({ reason }) => defectOf(reason) },
]

/** Where Colombia's settings are a point would make a thousand of three decimals. */
function numeral(value: string | number | null, locale: Locale): Cell {
  if (typeof value !== 'number' || Number.isInteger(value)) return value
  return locale === 'es' ? String(value).replace('.', ',') : value
}
