import { hash } from 'node:crypto'
import type { CopyRules } from '../copy/plan/plan.ts'

/**
 * Grows with each release that makes another row of the same product, the same rules and the same store: what was copied
 * before is looked at again then.
 */
const planVersion = 1

/** Of the rules by which a distributor's products are copied. */
export function rulesRevision(rules: CopyRules): string {
  return hash('sha256', JSON.stringify([planVersion, rules]), 'hex').slice(0, 32)
}
