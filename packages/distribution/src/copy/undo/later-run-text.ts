import type { Text } from '../../i18n/locale.ts'
import type { UndoneRun } from './undo-run.ts'

/** What a person should know of a later copy of the same store, which counts on what is removed; undefined without one. */
export function laterRunText({ laterRun, removed }: UndoneRun): Text | undefined {
  if (laterRun === undefined || removed === 0) return undefined
  return {
    es: `La tienda tiene una copia más nueva, la ${laterRun}, que cuenta con estos productos: copie de nuevo para completarla.`,
    en: `The store has a later copy, ${laterRun}, which counts on these products: copy again to complete it.`,
  }
}
