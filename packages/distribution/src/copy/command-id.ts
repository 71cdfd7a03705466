import { UsageError } from '@surtidor/queue/commands'

/** An id as it is typed on the command line; anything else is wrong usage. */
export function parseId(word: string): number {
  if (/^[1-9]\d{0,14}$/.test(word)) return Number(word)
  const shown = JSON.stringify(word.slice(0, 40))
  throw new UsageError({
    es: `${shown} no es un número de tienda ni de copia: escriba un número entero, como 3.`,
    en: `${shown} is not the number of a store or a copy: give a whole number, such as 3.`,
  })
}
