import { type GeneratedProduct, generateProducts } from './product-generator.ts'

/** A product as a line of a price list shows it; null leaves the cell empty. */
export interface PriceListRow extends Omit<GeneratedProduct, 'price' | 'image'> {
  readonly price: number | null
  readonly image: string | null
  readonly isActive: boolean
}

/** The header of the lists that we write. */
export const priceListHeader = 'sku;nombre;categoria;marca;unidad;precio;iva;imagen;estado\n'

/** A generated price list, header first, in pieces of whole lines. */
export function* generatedPriceList(products: number): Generator<string> {
  yield priceListHeader
  let piece: string[] = []
  for (const product of generateProducts(products)) {
    piece.push(priceListRow({ ...product, isActive: true }))
    if (piece.length === 1_000) {
      yield piece.join('')
      piece = []
    }
  }
  if (piece.length > 0) yield piece.join('')
}

/** One line of a list under `priceListHeader`, with its line break. */
export function priceListRow(row: PriceListRow): string {
  const { sku, name, category, brand, unit, price, tax, image, isActive } = row
  const cells = [sku, name, category, brand, unit, price ?? '', tax, image ?? '', Number(isActive)]
  return `${cells.map((cell) => csvCell(String(cell))).join(';')}\n`
}

function csvCell(text: string): string {
  return /[";\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
