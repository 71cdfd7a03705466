import { ApplicationError } from '../errors.ts'
import type { Text } from '../i18n/locale.ts'

/** The bytes are no price list that could be read: empty, too large, binary or in another encoding. */
export class UnusablePriceListError extends ApplicationError {
  readonly code = 'UNUSABLE_PRICE_LIST'
}

/** A required column is missing; the sentence names the columns found and the names accepted. */
export class MissingColumnsError extends ApplicationError {
  readonly code = 'PRICE_LIST_COLUMNS_MISSING'
  readonly found: readonly string[]

  constructor(text: Text, found: readonly string[]) {
    super(text)
    this.found = found
  }
}

/** Two columns of the header mean the same thing, so it is not clear which one to read. */
export class RepeatedColumnError extends ApplicationError {
  readonly code = 'PRICE_LIST_COLUMN_REPEATED'
  readonly columns: readonly string[]

  constructor(columns: readonly string[]) {
    const named = columns.map(quoted).join(', ')
    super({
      es: `Las columnas ${named} dicen lo mismo. Deje una sola en el encabezado e intente de nuevo.`,
      en: `The columns ${named} mean the same. Leave only one of them in the header and try again.`,
    })
    this.columns = columns
  }
}

/** A value as a sentence shows it: on one line, without control characters, at most 60 characters. */
export function quoted(value: string): string {
  const visible = value.slice(0, 200).replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '·')
  return `«${visible.length > 60 ? `${visible.slice(0, 59)}…` : visible}»`
}
