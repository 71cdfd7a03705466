import { oneOf, percentage, readRuleFields } from '../../catalog/rule-fields.ts'

/**
 * What of a distributor's catalogue reaches a store, as data: each distributor may have its own, kept as JSON. They decide
 * about products that are new to the store; what was copied before goes on being updated. Three things are no policy: the
 * SKU GENERICO is the store's own, a product that has no price is never for sale, and one that the store has deleted does
 * not come back.
 */
export interface CopyPolicies {
  /** A new product whose SKU another product of the store has: left out, or copied as `SKU-2`, `SKU-3` … */
  readonly skuConflict: (typeof choices.skuConflict)[number]
  /** `generic = 1`: what the distributor sells under one code for many things. */
  readonly genericProduct: (typeof choices.genericProduct)[number]
  /** `type = COMBO`; when inactive also one that was copied before, until the store locks its status. */
  readonly combo: (typeof choices.combo)[number]
  /** `inventoriable = 0`: services, freight. */
  readonly notInventoriable: (typeof choices.notInventoriable)[number]
  /** Percent of the selling price. A price that a store has set by hand and that leaves less is reported. */
  readonly minMarginPercent: number
}

const choices = {
  skuConflict: ['skip', 'suffix'],
  genericProduct: ['skip', 'copy'],
  combo: ['skip', 'copy', 'inactive'],
  notInventoriable: ['skip', 'copy'],
} as const

/** What the original application does, but for its second product with one SKU, which it copies as it is. */
export const defaultPolicies: CopyPolicies = {
  skuConflict: 'skip',
  genericProduct: 'copy',
  combo: 'copy',
  notInventoriable: 'copy',
  minMarginPercent: 10,
}

/** Reads policies from JSON, as text or parsed; a field that is not there has its default. Throws `InvalidRuleError`. */
export function parseCopyPolicies(json: unknown): CopyPolicies {
  const given = readRuleFields('copyPolicies', json, Object.keys(defaultPolicies))
  const fields = { ...defaultPolicies, ...given }
  return {
    skuConflict: oneOf(fields, 'skuConflict', choices.skuConflict),
    genericProduct: oneOf(fields, 'genericProduct', choices.genericProduct),
    combo: oneOf(fields, 'combo', choices.combo),
    notInventoriable: oneOf(fields, 'notInventoriable', choices.notInventoriable),
    minMarginPercent: percentage(fields, 'minMarginPercent', 95),
  }
}
