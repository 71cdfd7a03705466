/** A product that asks for a SKU in the store. */
export interface SkuClaim {
  /** The distributor's product. */
  readonly id: number
  /** The SKU that it should have. */
  readonly wanted: string
  /** The SKU that it has in the store; null when it is not there. */
  readonly stored: string | null
}

export interface SkuRules {
  /** SKUs that nobody here may have. */
  readonly taken: Iterable<string>
  readonly conflict: 'skip' | 'suffix'
}

/** As many characters as the column takes, here and in the original application. */
export const maxSkuLength = 255

/**
 * Gives each product its SKU; one that is missing from the answer gets none, because its SKU is taken. Who has a SKU in
 * the store keeps it against those that want it, else the smaller id wins. A loser that is in the store keeps what it has;
 * a new one gets the first free suffix from `-2` on, in the order of ids. Asking again with the answer as what is stored
 * gives the same answer.
 */
export function assignSkus(claims: readonly SkuClaim[], { taken, conflict }: SkuRules): ReadonlyMap<number, string> {
  const byId = claims.toSorted((one, other) => one.id - other.id)
  const takenKeys = new Set([...taken].map(skuKey))
  const { winners, held } = settle(byId, new Set(takenKeys))
  const skus = new Map([...winners].map(({ id, wanted }) => [id, wanted]))
  for (const sku of skus.values()) held.add(skuKey(sku))
  for (const { id, wanted, stored } of byId) {
    if (skus.has(id)) continue
    if (stored !== null) skus.set(id, stored)
    else if (conflict === 'suffix') skus.set(id, takeSuffixed(wanted, held))
  }
  for (const { id, wanted } of reformed(byId, skus, takenKeys)) skus.set(id, wanted)
  return skus
}

/**
 * Products that keep the SKU they have and want it in another form: the encoding of an accent or a space around it has changed. Two
 * of the store that look alike stay as they are: one could get the very text of the other.
 */
function reformed(
  claims: readonly SkuClaim[],
  skus: ReadonlyMap<number, string>,
  taken: ReadonlySet<string>,
): readonly SkuClaim[] {
  const alike = claims.filter(
    ({ id, wanted, stored }) =>
      stored !== null && wanted !== stored && skus.get(id) === stored && skuKey(wanted) === skuKey(stored),
  )
  if (alike.length === 0) return []
  const holders = Map.groupBy(skus.values(), skuKey)
  return alike.filter(({ wanted }) => !taken.has(skuKey(wanted)) && holders.get(skuKey(wanted))?.length === 1)
}

/**
 * Equal for SKUs that nobody can tell apart: spaces around them and the encoding of an accent do not count. Case does, as
 * in the price list and in the keys of the tables.
 */
export function skuKey(sku: string): string {
  const trimmed = sku.trim()
  // Most are plain, and to normalize one takes ten times as long as to see that.
  return /[^ -~]/.test(trimmed) ? trimmed.normalize('NFC') : trimmed
}

/** True for `SKU-2`, `SKU-3` … of the SKU. */
export function isSuffixed(sku: string, of: string): boolean {
  const [suffix] = /-(?:[2-9]|[1-9]\d+)$/.exec(sku) ?? []
  return suffix !== undefined && skuKey(sku) === skuKey(withSuffix(of, suffix))
}

/**
 * Finds who gets the SKU it wants. A loser that is in the store keeps what it has, perhaps from one that would have won
 * it, so this is looked at until nobody loses any more.
 */
function settle(claims: readonly SkuClaim[], held: Set<string>) {
  for (;;) {
    const winners = winnersOf(claims, held)
    const losers = claims.filter((claim) => !winners.has(claim))
    const kept = losers
      .flatMap(({ stored }) => (stored === null ? [] : [skuKey(stored)]))
      .filter((sku) => !held.has(sku))
    if (kept.length === 0) return { winners, held }
    for (const sku of kept) held.add(sku)
  }
}

function winnersOf(claims: readonly SkuClaim[], held: ReadonlySet<string>): ReadonlySet<SkuClaim> {
  const winners = new Map<string, SkuClaim>()
  for (const claim of claims) {
    const sku = skuKey(claim.wanted)
    if (!held.has(sku) && !winners.has(sku)) winners.set(sku, claim)
  }
  return new Set(winners.values())
}

function takeSuffixed(wanted: string, held: Set<string>): string {
  for (let number = 2; ; number += 1) {
    const sku = withSuffix(wanted, `-${number}`)
    if (held.has(skuKey(sku))) continue
    held.add(skuKey(sku))
    return sku
  }
}

function withSuffix(sku: string, suffix: string): string {
  // Cut between characters, never within a surrogate pair.
  const start = sku
    .trim()
    .slice(0, maxSkuLength - suffix.length)
    .replace(/[\uD800-\uDBFF]$/, '')
  return `${start}${suffix}`
}
