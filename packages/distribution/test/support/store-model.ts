import { skuKey } from '../../src/copy/plan/assign-skus.ts'
import type { PagePlan } from '../../src/copy/plan/plan.ts'
import type { KeptField, PlannedProduct } from '../../src/copy/plan/planned-product.ts'
import { type SourceProduct, sourceSku } from '../../src/copy/plan/source-product.ts'
import type { CopiedProduct, LockableField, StoreContents } from '../../src/copy/plan/store-state.ts'

/** A store in memory: what writing a plan means, without a database. */
export interface StoreModel {
  readonly rows: ReadonlyMap<number, ModelRow>
  /** SKUs of the store's own products. */
  readonly ownSkus: ReadonlySet<string>
}

/** A copied product as it stands in the store. */
export interface ModelRow extends CopiedProduct, Omit<PlannedProduct, keyof CopiedProduct | 'sourceId' | 'keeps'> {
  readonly sku: string
}

export const emptyModel: StoreModel = { rows: new Map(), ownSkus: new Set() }

/** All that a plan may know of the store; `asked` limits the SKUs to those that somebody has looked up. */
export function contentsFor(
  model: StoreModel,
  page: readonly SourceProduct[],
  asked?: readonly string[],
): StoreContents {
  const onPage = new Set(page.map(({ id }) => id))
  const others = [...model.rows].flatMap(([id, { sku }]) => (onPage.has(id) ? [] : [sku]))
  const keys = asked && new Set(asked.map(skuKey))
  const taken = [...model.ownSkus, ...others].filter((sku) => !keys || keys.has(skuKey(sku)))
  return {
    copied: new Map([...model.rows].filter(([id]) => onPage.has(id))),
    takenSkus: new Set(taken),
  }
}

export function askedFor(page: readonly SourceProduct[]): readonly string[] {
  return page.map(sourceSku)
}

export function applyPlan(model: StoreModel, plan: PagePlan): StoreModel {
  const rows = new Map(model.rows)
  for (const product of [...plan.inserts, ...plan.updates]) {
    const stored = rows.get(product.sourceId)
    rows.set(product.sourceId, stored ? updated(stored, product) : inserted(product))
  }
  return { ...model, rows }
}

function inserted({ sourceId, keeps, ...product }: PlannedProduct): ModelRow {
  return { ...product, ...untouched }
}

const untouched = {
  priceMode: 'auto',
  lockedFields: [],
  hiddenAt: null,
  deletedAt: null,
  sourceState: 'active',
} as const

function updated(stored: ModelRow, { sourceId, keeps, ...product }: PlannedProduct): ModelRow {
  const kept = keeps.flatMap((field) => columns[field].map((column) => [column, stored[column]]))
  return { ...stored, ...product, ...Object.fromEntries(kept), sourceState: 'active' }
}

const columns: Readonly<Record<KeptField, readonly (keyof ModelRow)[]>> = {
  sku: ['sku'],
  name: ['name'],
  category: ['category'],
  tax: ['tax'],
  image: ['imagePath'],
  brand: ['brand'],
  unit: ['unit'],
  status: ['status'],
  price: ['price', 'priceStrategy'],
}

/** What a person in the store may do to a copied product. */
export type StoreEdit =
  | { readonly kind: 'setPrice'; readonly price: number }
  | { readonly kind: 'followPrice' | 'hide' | 'show' | 'delete' | 'restore' | 'discontinue' }
  | { readonly kind: 'lock' | 'unlock'; readonly field: LockableField; readonly text: string }

export function editRow(row: ModelRow, edit: StoreEdit): ModelRow {
  switch (edit.kind) {
    case 'setPrice':
      return { ...row, price: edit.price, priceMode: 'manual' }
    case 'followPrice':
      return { ...row, priceMode: 'auto', contentHash: released }
    case 'hide':
      return { ...row, hiddenAt: '2026-01-01 00:00:00' }
    case 'show':
      return { ...row, hiddenAt: null }
    case 'delete':
      return { ...row, deletedAt: '2026-01-01 00:00:00' }
    case 'restore':
      return row.deletedAt === null ? row : { ...row, deletedAt: null, contentHash: released }
    case 'discontinue':
      return { ...row, sourceState: 'discontinued' }
    case 'lock':
      return { ...row, ...ownValue(edit.field, edit.text), lockedFields: [...row.lockedFields, edit.field] }
    case 'unlock':
      return { ...row, lockedFields: row.lockedFields.filter((each) => each !== edit.field), contentHash: released }
  }
}

/** Says that the row has to be written again. */
const released = ''

function ownValue(field: LockableField, text: string): Partial<ModelRow> {
  if (field === 'category') return { category: { sourceId: -1, name: text } }
  if (field === 'tax') return { tax: { name: text, percentage: 19 } }
  if (field === 'status') return { status: 0 }
  return field === 'image' ? { imagePath: text } : { [field]: text }
}
