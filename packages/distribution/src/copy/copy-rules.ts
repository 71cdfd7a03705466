import { parsePriceStrategy, standardStrategy } from '../catalog/price-strategy.ts'
import { readRuleFields } from '../catalog/rule-fields.ts'
import type { CentralDatabase } from '../database/open-central.ts'
import type { CopyRules } from './plan/plan-price.ts'
import { defaultPolicies, parseCopyPolicies } from './plan/policies.ts'

/** The rules of a distributor that has decided nothing. */
export const standardRules: CopyRules = { strategy: standardStrategy, policies: defaultPolicies }

/** What a distributor has decided about its copies. Throws `InvalidRuleError` when that cannot be understood. */
export async function readCopyRules(central: CentralDatabase, distributorId: string): Promise<CopyRules> {
  const row = await central
    .selectFrom('tenants')
    .select('copy_rules')
    .where('id', '=', distributorId)
    .executeTakeFirst()
  return row?.copy_rules ? parseCopyRules(row.copy_rules) : standardRules
}

/** `{ strategy, policies }`, each of which may be missing. Throws `InvalidRuleError`. */
export function parseCopyRules(json: unknown): CopyRules {
  const { strategy, policies } = readRuleFields('copy_rules', json, ['strategy', 'policies'])
  return {
    strategy: strategy === undefined ? standardStrategy : parsePriceStrategy(strategy),
    policies: policies === undefined ? defaultPolicies : parseCopyPolicies(policies),
  }
}
