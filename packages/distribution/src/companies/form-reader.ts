import type { Text } from '../i18n/locale.ts'
import { type FieldProblem, fieldLabels, type StoreField } from './store-fields.ts'
import { damaged, missing, notChosen, unknownChoice, wrongLength } from './store-form-texts.ts'

/** A field may be empty unless it is required; lengths are in characters, as a person counts them. */
export interface TextRule {
  readonly min: number
  readonly max: number
  readonly isRequired?: boolean
  /** What is wrong with a text of the right length; undefined when nothing is. */
  readonly refuse?: (value: string) => Text | undefined
}

interface ChoiceRule<Value extends string> {
  readonly options: readonly Value[]
  /** Taken when nothing was chosen; without it the field is required. */
  readonly fallback?: Value | undefined
}

/** Reads the fields of one form and keeps what is wrong with each, so that all is told at once. */
export class FormReader {
  readonly problems: FieldProblem[] = []
  readonly #input: Readonly<Record<string, string | undefined>>

  constructor(input: Readonly<Record<string, string | undefined>>) {
    this.#input = input
  }

  /** Trimmed; null when it is empty or wrong. Absent and blank are the same. */
  text(field: StoreField, rule: TextRule): string | null {
    const value = this.typed(field)
    const problem = value === '' ? rule.isRequired && missing(fieldLabels[field]) : textProblem(field, value, rule)
    if (problem) this.report(field, problem)
    return value === '' || problem ? null : value
  }

  /** One of the options, whatever its case; undefined when it is none of them, or was not chosen and has no fallback. */
  choice<Value extends string>(field: StoreField, { options, fallback }: ChoiceRule<Value>): Value | undefined {
    const typed = this.typed(field)
    if (typed === '') {
      if (fallback === undefined) this.report(field, notChosen(fieldLabels[field]))
      return fallback
    }
    const found = options.find((option) => plain(option) === plain(typed))
    if (found === undefined) this.report(field, unknownChoice(fieldLabels[field], typed, options))
    return found
  }

  typed(field: StoreField): string {
    return (this.#input[field] ?? '').trim()
  }

  report(field: StoreField, text: Text): void {
    this.problems.push({ field, text })
  }
}

function textProblem(field: StoreField, value: string, { min, max, refuse }: TextRule): Text | undefined {
  const length = [...value].length
  if (isDamaged(value)) return damaged(fieldLabels[field])
  if (length < min || length > max) return wrongLength(fieldLabels[field], { min, max, length })
  return refuse?.(value)
}

/** Half characters, the mark of a wrong encoding, control characters and those that turn the direction of writing. */
function isDamaged(value: string): boolean {
  return !value.isWellFormed() || /[\p{Cc}\ufffd\u2028\u2029\u202a-\u202e\u2066-\u2069]/u.test(value)
}

/** «jurídica» and «Juridica» are the same choice. */
function plain(text: string): string {
  return text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase()
}
