import { basename } from 'node:path'
import type { Command, CommandInput, Terminal } from '@surtidor/queue/commands'
import { Presets, SingleBar } from 'cli-progress'
import { distributorOption } from '../command-line/typed-input.ts'
import type { CentralDatabase } from '../database/open-central.ts'
import { findDistributor } from '../tenancy/distributor.ts'
import { importCatalog } from './import-catalog.ts'
import { describeImport } from './import-report-text.ts'
import { readPriceListFile } from './price-list-file.ts'

/** What the command needs of the application. */
export interface CatalogAccess extends AsyncDisposable {
  readonly central: CentralDatabase
}

/** `catalog:import FILE [--tenant=ID]`: exit code 1 when a line was refused; the good ones are imported all the same. */
export function catalogImportCommand(open: () => Promise<CatalogAccess>): Command {
  return {
    name: 'catalog:import',
    summary: {
      es: 'Importa una lista de precios en CSV al catálogo de la distribuidora',
      en: "Import a price list in CSV into the distributor's catalogue",
    },
    arguments: [{ name: 'file', required: true, summary: { es: 'Lista de precios en CSV', en: 'Price list in CSV' } }],
    options: {
      tenant: distributorOption,
    },
    run: (input, terminal) => importFile(open, input, terminal),
  }
}

async function importFile(
  open: () => Promise<CatalogAccess>,
  input: CommandInput,
  terminal: Terminal,
): Promise<number> {
  const path = input.arguments[0] ?? ''
  const bytes = await readPriceListFile(path)
  await using app = await open()
  const distributor = await findDistributor(app.central, input.text('tenant'))
  terminal.write(`${basename(path)} → ${distributor.name}`)
  using progress = showProgress(terminal)
  const request = { distributorId: distributor.id, bytes, onProgress: progress.update }
  const report = await importCatalog({ central: app.central }, request)
  progress.stop()
  for (const line of describeImport(report, terminal.locale)) terminal.write(line)
  return report.badLines.length > 0 ? 1 : 0
}

interface Progress extends Disposable {
  update(done: number, total: number): void
  stop(): void
}

/** A bar while a person watches, nothing in a pipe. */
function showProgress(terminal: Terminal): Progress {
  if (!terminal.isInteractive)
    return { update: () => undefined, stop: () => undefined, [Symbol.dispose]: () => undefined }
  const products = { es: 'productos', en: 'products' }[terminal.locale]
  const format = `{bar} {percentage}% · {value}/{total} ${products}`
  const bar = new SingleBar({ format, hideCursor: true }, Presets.shades_classic)
  return {
    update: (done, total) => (bar.isActive ? bar.update(done) : bar.start(total, done)),
    stop: () => bar.stop(),
    [Symbol.dispose]: () => bar.stop(),
  }
}
