/**
 * A number as people in Colombia type it into a spreadsheet: `1234`, `1234,5`, `1234.50`, `1.234`, `1.234,56`,
 * `1,234.56`, `$ 1.000`. Of two kinds of separators the last is the decimal one; a single separator before exactly three
 * digits groups thousands, unless a lone 0 or more than three digits stand before it. Undefined when it is no such number.
 */
export function parseDecimal(text: string): number | undefined {
  const digits = text.replace(/^(?:\$|COP\b)\s*/i, '').trim()
  if (digits.length > 30 || !/^\d[\d.,]*$/.test(digits)) return undefined
  const decimalAt = decimalPosition(digits)
  const whole = decimalAt === undefined ? digits : digits.slice(0, decimalAt)
  const fraction = decimalAt === undefined ? '' : digits.slice(decimalAt + 1)
  if (!isWhole(whole) || (decimalAt !== undefined && !/^\d+$/.test(fraction))) return undefined
  return Number(`${whole.replaceAll(/[.,]/g, '')}.${fraction}`)
}

function decimalPosition(digits: string): number | undefined {
  const separators = digits.match(/[.,]/g) ?? []
  const last = Math.max(digits.lastIndexOf('.'), digits.lastIndexOf(','))
  if (separators.length === 0) return undefined
  if (separators.length === 1) return /^[1-9]\d{0,2}[.,]\d{3}$/.test(digits) ? undefined : last
  return new Set(separators).size === 2 ? last : undefined
}

/** Plain digits, or groups of three behind one kind of separator. */
function isWhole(text: string): boolean {
  return /^\d+$/.test(text) || /^\d{1,3}(?:\.\d{3})+$/.test(text) || /^\d{1,3}(?:,\d{3})+$/.test(text)
}
