import { ApplicationError } from './errors.ts'
import type { Text } from './i18n/locale.ts'

export function oneOf<Value extends string>(name: string, value: string, allowed: readonly Value[]): Value {
  const found = allowed.find((each) => each === value)
  if (found === undefined) throw new InvalidSettingError(name, value, allowed.join(', '))
  return found
}

export function wholeNumber(name: string, value: string, [min, max]: readonly [number, number]): number {
  const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN
  if (!(number >= min && number <= max)) throw new InvalidSettingError(name, value, `${min}–${max}`)
  return number
}

export class InvalidSettingError extends ApplicationError {
  readonly code = 'INVALID_SETTING'

  constructor(name: string, value: string, allowed: string | Text) {
    const setting = `${name}=${visible(value)}`
    const { es, en } = typeof allowed === 'string' ? { es: allowed, en: allowed } : allowed
    super({
      es: `${setting} no sirve; valores permitidos: ${es}. Corríjalo en .env.`,
      en: `${setting} cannot be used; allowed: ${en}. Correct it in .env.`,
    })
  }
}

/** A value may be anything: control characters are shown as escapes, and what is long is cut. */
function visible(value: string): string {
  const shown = value.replaceAll(/\p{C}/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`)
  return shown.length > maxShown ? `${shown.slice(0, maxShown)}…` : shown
}

const maxShown = 120

/** Never to be mended by a new file: without the old APP_KEY no encrypted job can be read. */
