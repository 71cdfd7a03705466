import { resolve } from 'node:path'
import { type Command, CommandError, type CommandInput, type Terminal, writeInfo } from '@surtidor/queue/commands'
import { strategyLabel } from '../catalog/price-strategy.ts'
import { parseOptionalId } from '../command-line/typed-input.ts'
import type { CopyRules } from '../copy/plan/plan.ts'
import { formatNumber, type Text } from '../i18n/locale.ts'
import { compareStore, type Originals } from './compare-store.ts'
import { type DatabaseDefaults, openInspected } from './inspected-database.ts'
import { catalogueColumns, OriginalTables, storeColumns } from './original-tables.ts'
import { ParityCsv } from './parity-csv.ts'
import type { ParityCounts, ParityFinding } from './parity-finding.ts'
import { defectOf, parityReasonText } from './parity-reasons.ts'
import { readParityRules } from './parity-rules.ts'
import { readRepeatedSkus } from './parity-source.ts'
import { isKnownCompany, readStoreIds } from './parity-store.ts'

/**
 * `laravel:parity [database] [--store=] [--store-database=] [--rules=FILE] [--output=FOLDER]`: what the original application has put into
 * its stores beside what a copy here would put there, and why they differ. Reads only; exit code 1 when anything differs.
 */
export function laravelParityCommand(settings: DatabaseDefaults): Command {
  return {
    name: 'laravel:parity',
    summary: {
      es: 'Compara lo que la aplicación Laravel copió a sus tiendas con lo que se copiaría aquí, y dice por qué difiere',
      en: 'Compares what the Laravel application copied to its stores with what would be copied here, and says why it differs',
    },
    arguments: [
      {
        name: 'database',
        summary: {
          es: 'Como en laravel:inspect; sin él, la de .env',
          en: 'As for laravel:inspect; without it that of .env',
        },
      },
    ],
    options: {
      store: {
        kind: 'text',
        summary: {
          es: 'Solo la tienda con este número de empresa (company_id)',
          en: 'Only the store with this number of a company (company_id)',
        },
      },
      'store-database': {
        kind: 'text',
        summary: {
          es: 'La base de datos que tiene tat_items, si no es la del catálogo',
          en: 'The database that has tat_items, when it is not that of the catalogue',
        },
      },
      rules: {
        kind: 'text',
        summary: {
          es: 'Archivo JSON con otras reglas de precio y políticas; sin él, las de la distribuidora',
          en: 'JSON file with other price rules and policies; without it those of the distributor',
        },
      },
      output: { kind: 'text', default: '.', summary: { es: 'Carpeta de parity.csv', en: 'Folder of parity.csv' } },
    },
    run: (input, terminal) => run(settings, input, terminal),
  }
}

async function run(settings: DatabaseDefaults, input: CommandInput, terminal: Terminal): Promise<number> {
  const storeId = parseOptionalId(input.text('store'))
  await using database = await openInspected(input.arguments[0], settings)
  const storeWord = input.text('store-database')
  await using other = storeWord === undefined ? undefined : await openInspected(storeWord, settings)
  const catalogue = await OriginalTables.read(
    database,
    other ? catalogueColumns : { ...catalogueColumns, ...storeColumns },
  )
  const stores = other ? await OriginalTables.read(other, storeColumns) : catalogue
  const originals = { catalogue, stores, repeatedSkus: await readRepeatedSkus(catalogue) }
  const rules = await readParityRules(catalogue, input.text('rules'))
  const ids = await idsOf(originals, storeId)
  using csv = new ParityCsv(resolve(input.text('output') ?? '.'), terminal.locale)
  const report = new Report(terminal, rules)
  for (const companyId of ids) {
    const tell = (finding: ParityFinding) => {
      csv.add(finding)
      report.count(finding)
    }
    report.add(await compareStore(originals, { companyId, rules, tell }))
  }
  csv.finish()
  return report.end(csv.path)
}

async function idsOf({ stores, catalogue }: Originals, only: number | undefined): Promise<readonly number[]> {
  const found = await readStoreIds(stores, catalogue)
  if (only === undefined) {
    if (found.length === 0) throw new CommandError(noStores(stores.label))
    return found
  }
  if (!found.includes(only) && !(await isKnownCompany(catalogue, only))) throw new CommandError(unknownStore(only))
  return [only]
}

function noStores(label: string): Text {
  return {
    es: `En ${label} ninguna tienda tiene productos (tat_items está vacía). Si están en otra base de datos, dela en --store-database.`,
    en: `In ${label} no store has products (tat_items is empty). If they are in another database, give that in --store-database.`,
  }
}

function unknownStore(id: number): Text {
  return {
    es: `La tienda ${id} no está en tat_items.company_id, ni es una empresa. Revise el número, o --store-database.`,
    en: `Store ${id} is neither in tat_items.company_id nor a company. Check the number, or --store-database.`,
  }
}

const widths = [10, 11, 10, 9, 9, 11, 11] as const

const titles: readonly Text[] = [
  { es: 'Tienda', en: 'Store' },
  { es: 'Esperados', en: 'Expected' },
  { es: 'Iguales', en: 'Equal' },
  { es: 'Faltan', en: 'Missing' },
  { es: 'Sobran', en: 'Extra' },
  { es: 'Repetidos', en: 'Duplicated' },
  { es: 'Distintos', en: 'Different' },
]

/** A line for each store as it is done, then how often each reason was found. */
class Report {
  readonly #terminal: Terminal
  readonly #reasons = new Map<ParityFinding['reason'], number>()
  #findings = 0
  #stores = 0
  readonly #rules: CopyRules

  constructor(terminal: Terminal, rules: CopyRules) {
    this.#terminal = terminal
    this.#rules = rules
    this.#write(titles.map((title) => title[terminal.locale]))
  }

  count({ reason }: ParityFinding): void {
    this.#findings += 1
    this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1)
  }

  add({ companyId, expected, equal, missing, extra, duplicated, different }: ParityCounts): void {
    this.#stores += 1
    const counts = [expected, equal, missing, extra, duplicated, different]
    this.#write([String(companyId), ...counts.map((count) => formatNumber(count, this.#terminal.locale))])
  }

  /** Answers the exit code. */
  end(path: string): 0 | 1 {
    const { locale, write } = this.#terminal
    if (this.#findings > 0) write('')
    for (const [reason, count] of [...this.#reasons].toSorted(([, one], [, other]) => other - one)) {
      const defect = defectOf(reason)
      const number = defect === null ? '' : ` (${{ es: 'defecto', en: 'defect' }[locale]} ${defect})`
      write(`${formatNumber(count, locale).padStart(widths[0])}  ${parityReasonText(reason)[locale]}${number}`)
    }
    writeInfo(this.#terminal, this.#summary(path)[locale])
    return this.#findings === 0 ? 0 : 1
  }

  #summary(path: string): Text {
    const rule = strategyLabel(this.#rules.strategy)
    const [stores, findings] = [this.#stores, this.#findings]
    return {
      es: `Tiendas: ${formatNumber(stores, 'es')} · diferencias: ${formatNumber(findings, 'es')}, una por línea en ${path}. Precios según ${rule}. Nada se cambió.`,
      en: `Stores: ${formatNumber(stores, 'en')} · differences: ${formatNumber(findings, 'en')}, a line each in ${path}. Prices by ${rule}. Nothing was changed.`,
    }
  }

  #write(cells: readonly string[]): void {
    this.#terminal.write(cells.map((cell, place) => cell.padStart(widths[place] ?? 0)).join(''))
  }
}
