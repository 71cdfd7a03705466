import fc from 'fast-check'
import { type PriceStrategy, priceLabels, roundingModes } from '../../src/catalog/price-strategy.ts'
import type { CopyPolicies } from '../../src/copy/plan/policies.ts'

/** Any strategy that a distributor may have. */
export const arbitraryStrategy: fc.Arbitrary<PriceStrategy> = fc
  .record({
    name: fc.stringMatching(/^[a-z0-9]{1,10}(-[a-z0-9]{1,10}){0,2}$/),
    version: fc.integer({ min: 1, max: 999_999 }),
    baseLabel: fc.constantFrom(...priceLabels),
    marginTenths: fc.integer({ min: 0, max: 950 }),
    stepPesos: fc.oneof(fc.constantFrom(1, 50, 100, 1000), fc.integer({ min: 1, max: 1_000_000 })),
    mode: fc.constantFrom(...roundingModes),
    floorAtCost: fc.boolean(),
    minimumSteps: fc.oneof(fc.constant(0), fc.nat(1000)),
  })
  .map(({ marginTenths, minimumSteps, stepPesos, mode, ...strategy }) => ({
    ...strategy,
    marginPercent: marginTenths / 10,
    rounding: { stepPesos, mode },
    minimumPrice: minimumSteps * stepPesos,
  }))

export const arbitraryPolicies: fc.Arbitrary<CopyPolicies> = fc.record(
  {
    skuConflict: fc.constantFrom('skip', 'suffix'),
    genericProduct: fc.constantFrom('skip', 'copy'),
    combo: fc.constantFrom('skip', 'copy', 'inactive'),
    notInventoriable: fc.constantFrom('skip', 'copy'),
    minMarginPercent: fc.integer({ min: 0, max: 950 }).map((tenths) => tenths / 10),
  },
  { noNullPrototype: true },
)
