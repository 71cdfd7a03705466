import { type CommandInput, UsageError } from '@surtidor/queue/commands'
import { lastPossibleId } from '../database/last-possible-id.ts'

/** What several commands ask for by the same words, and how it is read. */
export const storeArgument = {
  name: 'store',
  required: true,
  summary: { es: 'Número de la tienda', en: 'Number of the store' },
} as const

export const runArgument = {
  name: 'run',
  summary: { es: 'Número de la copia', en: 'Number of the copy' },
} as const

/** For `findDistributor`. */
export const distributorOption = {
  kind: 'text',
  summary: { es: 'Distribuidora; sin ella, la principal', en: 'Distributor; without it, the default one' },
} as const

/** The id that a command's first argument is. */
export function firstId(input: Pick<CommandInput, 'arguments'>): number {
  return parseId(input.arguments[0] ?? '')
}

/** An id that may be left out. */
export function parseOptionalId(word: string | undefined): number | undefined {
  return word === undefined ? undefined : parseId(word)
}

/** An id as it is typed on the command line; anything else is wrong usage. */
export function parseId(word: string): number {
  if (/^[1-9]\d{0,9}$/.test(word) && Number(word) <= lastPossibleId) return Number(word)
  const shown = JSON.stringify(word.slice(0, 40))
  throw new UsageError({
    es: `${shown} no es un número de tienda, de copia ni de publicación: escriba un número entero, como 3.`,
    en: `${shown} is not the number of a store, a copy or a publication: give a whole number, such as 3.`,
  })
}
