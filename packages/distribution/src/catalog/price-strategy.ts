import { InvalidRuleError, oneOf, percentage, readRuleFields, wholeNumber, yesOrNo } from './rule-fields.ts'

/**
 * How a store's selling price follows from what the store pays, as data: a distributor has one, kept as JSON. A strategy
 * is never changed in place; `reviseStrategy` gives the next version, so that the label on a row says how its price came
 * about.
 */
export interface PriceStrategy {
  /** Lower case, digits and hyphens, at most 40: it becomes a part of the label. */
  readonly name: string
  /** From 1; greater whenever anything else has changed. */
  readonly version: number
  /** Which of the distributor's prices is what the store pays. */
  readonly baseLabel: PriceLabel
  /** On the selling price, with at most one decimal: of 30, cost / 0.7. */
  readonly marginPercent: number
  readonly rounding: PriceRounding
  /** Raises a price that the rule alone would put below the cost to the next step; see decisions/price-floor.md. */
  readonly floorAtCost: boolean
  /** Whole pesos, a multiple of the step; 0 for none. */
  readonly minimumPrice: number
}

export interface PriceRounding {
  readonly stepPesos: number
  /** `nearest` takes the upper one when both are as near. */
  readonly mode: (typeof roundingModes)[number]
}

export type PriceLabel = (typeof priceLabels)[number]

/** The prices that a product of the distributor may have, as the original application writes them. */
export const priceLabels = ['Costo Inicial', 'Costo', 'Precio Base', 'Precio Regular', 'Precio Crédito'] as const

export const roundingModes = ['nearest', 'up', 'down'] as const

/** The owner's rule: a margin of 30 % on the selling price, rounded to 100 pesos, never below cost. */
export const standardStrategy: PriceStrategy = {
  name: 'margin-30',
  version: 1,
  baseLabel: 'Precio Regular',
  marginPercent: 30,
  rounding: { stepPesos: 100, mode: 'nearest' },
  floorAtCost: true,
  minimumPrice: 0,
}

/** What each copied row carries, such as `margin-30@1`; at most 47 characters. */
export function strategyLabel(strategy: PriceStrategy): string {
  const known = labels.get(strategy)
  if (known !== undefined) return known
  const label = `${strategy.name}@${strategy.version}`
  labels.set(strategy, label)
  return label
}

/** One text for all products of a copy, so that who compares them sees at a glance that they are the same. */
const labels = new WeakMap<PriceStrategy, string>()

/**
 * The strategy with changes, under the next version; itself when nothing changes. Throws `InvalidRuleError` when the
 * outcome is not a strategy.
 */
export function reviseStrategy(
  current: PriceStrategy,
  changes: Partial<Omit<PriceStrategy, 'version'>>,
): PriceStrategy {
  const wanted = parsePriceStrategy({ ...current, ...changes })
  return isSame(wanted, current) ? current : parsePriceStrategy({ ...wanted, version: current.version + 1 })
}

/** Reads a strategy from JSON, as text or parsed; all fields must be there. Throws `InvalidRuleError`. */
export function parsePriceStrategy(json: unknown): PriceStrategy {
  const fields = readRuleFields('priceStrategy', json, Object.keys(standardStrategy))
  const rounding = parseRounding(fields.rounding)
  return {
    name: parseName(fields.name),
    version: wholeNumber(fields, 'version', [1, 999_999]),
    baseLabel: oneOf(fields, 'baseLabel', priceLabels),
    // Beyond 95 % a price is more than 20 times its cost: somebody has typed a mark-up.
    marginPercent: percentage(fields, 'marginPercent', 95),
    rounding,
    floorAtCost: yesOrNo(fields, 'floorAtCost'),
    minimumPrice: parseMinimum(wholeNumber(fields, 'minimumPrice', [0, 1_000_000_000]), rounding),
  }
}

function parseRounding(json: unknown): PriceRounding {
  const fields = readRuleFields('rounding', json, ['stepPesos', 'mode'])
  return {
    stepPesos: wholeNumber(fields, 'stepPesos', [1, 1_000_000]),
    mode: oneOf(fields, 'mode', roundingModes),
  }
}

function parseName(value: unknown): string {
  if (typeof value === 'string' && value.length <= 40 && /^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(value)) return value
  throw new InvalidRuleError('name', value, {
    es: 'de 1 a 40 letras minúsculas sin tilde, cifras y guiones',
    en: '1 to 40 lower-case letters, digits and hyphens',
  })
}

/** Prices are multiples of the step, so the smallest one is too. */
function parseMinimum(pesos: number, { stepPesos }: PriceRounding): number {
  if (pesos % stepPesos === 0) return pesos
  throw new InvalidRuleError('minimumPrice', pesos, {
    es: `un múltiplo de ${stepPesos}, el paso del redondeo`,
    en: `a multiple of ${stepPesos}, the step of the rounding`,
  })
}

function isSame(one: PriceStrategy, other: PriceStrategy): boolean {
  return JSON.stringify(one) === JSON.stringify(parsePriceStrategy(other))
}
