import type { Text } from './command.ts'

/** How many rows a `queue:prune-*` deleted, and of which kind. */
export function prunedText(count: number, kind: Text = { es: '', en: '' }): Text {
  return {
    es: count === 1 ? `Se borró 1 registro${kind.es}.` : `Se borraron ${count} registros${kind.es}.`,
    en: `${count} ${kind.en}entries deleted.`,
  }
}
