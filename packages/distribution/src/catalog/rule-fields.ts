import { ApplicationError } from '../errors.ts'
import type { Text } from '../i18n/locale.ts'
import { quoted } from './price-list-errors.ts'

/** A rule that a distributor keeps as JSON, its fields not looked at yet. */
export type RuleFields = Readonly<Record<string, unknown>>

/**
 * The fields of a rule, from JSON text or from what a database has made of it. A field that nobody reads is refused: it
 * would be a misspelt one. Throws `InvalidRuleError`, as all functions here do.
 */
export function readRuleFields(rule: string, json: unknown, known: readonly string[]): RuleFields {
  const fields = typeof json === 'string' ? parseText(rule, json) : json
  if (!isRecord(fields)) throw new InvalidRuleError(rule, fields, objectText(known))
  const unknown = Object.keys(fields).find((name) => !known.includes(name))
  if (unknown !== undefined) throw new InvalidRuleError(rule, unknown, fieldText(known))
  return fields
}

export function wholeNumber(fields: RuleFields, name: string, [min, max]: readonly [number, number]): number {
  const value = fields[name]
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max) return value
  throw new InvalidRuleError(name, value, {
    es: `un número entero de ${min} a ${max}`,
    en: `a whole number from ${min} to ${max}`,
  })
}

/** A percentage with at most one decimal, so that tenths of it are whole numbers. */
export function percentage(fields: RuleFields, name: string, max: number): number {
  const value = fields[name]
  if (typeof value === 'number' && value >= 0 && value <= max && tenthsOf(value) / 10 === value) return value
  throw new InvalidRuleError(name, value, {
    es: `un porcentaje de 0 a ${max}, con un decimal como máximo`,
    en: `a percentage from 0 to ${max}, with one decimal at most`,
  })
}

export function oneOf<Value extends string>(fields: RuleFields, name: string, allowed: readonly Value[]): Value {
  const value = fields[name]
  const found = allowed.find((each) => each === value)
  if (found === undefined) throw new InvalidRuleError(name, value, sameText(allowed.join(' | ')))
  return found
}

export function yesOrNo(fields: RuleFields, name: string): boolean {
  const value = fields[name]
  if (typeof value === 'boolean') return value
  throw new InvalidRuleError(name, value, sameText('true | false'))
}

export function tenthsOf(percent: number): number {
  return Math.round(percent * 10)
}

/** A field of a distributor's rule holds what it cannot; the sentence names the field, its value and what is allowed. */
export class InvalidRuleError extends ApplicationError {
  readonly code = 'INVALID_RULE'
  readonly field: string

  constructor(field: string, value: unknown, allowed: Text) {
    const given = value === undefined ? { es: 'falta', en: 'is missing' } : valueText(value)
    super({
      es: `En la regla, ${quoted(field)} ${given.es}; lo permitido: ${allowed.es}. Corríjala y guárdela de nuevo.`,
      en: `In the rule, ${quoted(field)} ${given.en}; allowed: ${allowed.en}. Correct it and save it again.`,
    })
    this.field = field
  }
}

function valueText(value: unknown): Text {
  const shown = quoted(typeof value === 'string' ? value : (JSON.stringify(value) ?? typeof value))
  return { es: `no puede ser ${shown}`, en: `cannot be ${shown}` }
}

function parseText(rule: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new InvalidRuleError(rule, text, sameText('JSON'))
  }
}

function isRecord(value: unknown): value is RuleFields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function objectText(known: readonly string[]): Text {
  return { es: `un objeto con ${known.join(', ')}`, en: `an object with ${known.join(', ')}` }
}

function fieldText(known: readonly string[]): Text {
  return { es: `los campos ${known.join(', ')}`, en: `the fields ${known.join(', ')}` }
}

function sameText(text: string): Text {
  return { es: text, en: text }
}
