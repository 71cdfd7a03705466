import { open, rm } from 'node:fs/promises'
import type { Command, CommandInput, Terminal } from '@surtidor/queue/commands'
import { formatNumber, type Text } from '../i18n/locale.ts'
import { maxPriceListBytes } from './price-list-encoding.ts'
import { quoted } from './price-list-errors.ts'
import { describeFileError } from './price-list-file.ts'
import { generatedPriceList } from './price-list-text.ts'
import { maxGeneratedProducts } from './product-generator.ts'

/** `catalog:generate FILE [--products=N]`: writes a price list of invented products, the same ones every time. */
export function catalogGenerateCommand(): Command {
  return {
    name: 'catalog:generate',
    summary: {
      es: 'Escribe una lista de precios con productos inventados, para ensayos y mediciones',
      en: 'Write a price list of invented products, for trials and measurements',
    },
    arguments: [{ name: 'file', required: true, summary: { es: 'Archivo nuevo', en: 'New file' } }],
    options: {
      products: {
        kind: 'number',
        default: 50_000,
        min: 1,
        max: maxGeneratedProducts,
        summary: { es: 'Cuántos productos', en: 'How many products' },
      },
    },
    run: generateFile,
  }
}

async function generateFile(input: CommandInput, terminal: Terminal): Promise<number> {
  const path = input.arguments[0] ?? ''
  const products = input.number('products') ?? 50_000
  const bytes = await writeNewFile(path, generatedPriceList(products))
  terminal.write(written(path, products)[terminal.locale])
  if (bytes > maxPriceListBytes) terminal.write(tooLargeToImport[terminal.locale])
  return 0
}

/** Writes the pieces to a file that did not exist before; on an error nothing of it is left. */
async function writeNewFile(path: string, pieces: Iterable<string>): Promise<number> {
  const file = await open(path, 'wx').catch((error: unknown) => Promise.reject(describeFileError(error, path)))
  try {
    let bytes = 0
    for (const piece of pieces) {
      await file.writeFile(piece)
      bytes += Buffer.byteLength(piece)
    }
    await file.close()
    return bytes
  } catch (error) {
    await file.close().catch(() => undefined)
    await rm(path, { force: true })
    throw describeFileError(error, path)
  }
}

function written(path: string, products: number): Text {
  const one = products === 1
  return {
    es: `${quoted(path)}: ${formatNumber(products, 'es')} ${one ? 'producto' : 'productos'}.`,
    en: `${quoted(path)}: ${formatNumber(products, 'en')} ${one ? 'product' : 'products'}.`,
  }
}

const tooLargeToImport = {
  es: 'El archivo pasa de 64 MiB: catalog:import lo recibe solo dividido en varias listas.',
  en: 'The file is larger than 64 MiB: catalog:import takes it only when split into several lists.',
}
