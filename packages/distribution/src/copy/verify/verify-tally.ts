export interface Verification {
  readonly companyId: number
  /** Products of the distributor that the store should have. */
  readonly checked: number
  readonly missing: number
  readonly duplicated: number
  readonly altered: number
  /** The first of what is wrong: 20, or as many as were asked for. */
  readonly details: readonly VerificationDetail[]
}

export interface VerificationDetail {
  readonly kind: 'missing' | 'duplicated' | 'altered'
  /** The distributor's product; 0 for what is not a copy of one. */
  readonly sourceId: number
  readonly sku: string
  /** What differs: names of columns, or what is wrong with the row. */
  readonly fields: readonly string[]
}

/** Counts everything, remembers the first few. */
export class Tally {
  readonly #companyId: number
  readonly #maxDetails: number
  readonly #counts = { missing: 0, duplicated: 0, altered: 0 }
  readonly #details: VerificationDetail[] = []
  #checked = 0

  constructor(companyId: number, maxDetails = 20) {
    this.#companyId = companyId
    this.#maxDetails = maxDetails
  }

  check(): void {
    this.#checked += 1
  }

  add(
    kind: VerificationDetail['kind'],
    { sourceId, sku }: { readonly sourceId: number; readonly sku: string },
    fields: readonly string[],
  ): void {
    this.#counts[kind] += 1
    if (this.#details.length < this.#maxDetails) this.#details.push({ kind, sourceId, sku, fields })
  }

  result(): Verification {
    return { companyId: this.#companyId, checked: this.#checked, ...this.#counts, details: this.#details }
  }
}
