import { lastPossibleId } from '../database/last-possible-id.ts'

/** The number of what may be there, or undefined for anything else. */
export function readId(text: string | undefined): number | undefined {
  return readWholeNumber(text, { min: 1, max: lastPossibleId })
}

/** A whole number within the range, or undefined for anything else. */
export function readWholeNumber(
  text: string | undefined,
  range: { readonly min: number; readonly max: number },
): number | undefined {
  if (text === undefined || !/^\d{1,15}$/.test(text)) return undefined
  const number = Number(text)
  return number >= range.min && number <= range.max ? number : undefined
}

const maxSearchLength = 100

/** What a person searches for: trimmed, at most 100 characters, undefined when empty. */
export function readSearch(text: string | undefined): string | undefined {
  const search = text
    ?.replaceAll(/\p{Cc}/gu, ' ')
    .trim()
    .slice(0, maxSearchLength)
  return search || undefined
}
