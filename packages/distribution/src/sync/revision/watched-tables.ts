/** Whose catalogue a row belongs to: its own `tenant_id` says it, or that of its product, or all distributors read it. */
export type RowOwner = 'own' | 'item' | 'everyone'

/** Every table that a copy reads of the central database's catalogue (`copy/pages/source-page.ts`), but the rules. */
export const watchedTables: Readonly<Record<string, RowOwner>> = {
  inv_items: 'own',
  inv_values: 'item',
  inv_image_gallery: 'item',
  inv_categories: 'own',
  inv_item_brand: 'own',
  inv_unit_measurements: 'own',
  cnf_taxes: 'everyone',
}

export const rowEvents = ['insert', 'update', 'delete'] as const
export type RowEvent = (typeof rowEvents)[number]

/** What is counted under this name counts for all distributors. */
export const everyone = ''
