import type { BatchState } from '../database/sync-tables.ts'
import type { Text } from '../i18n/locale.ts'

/** What a person may ask of a publication with a button. */
export const batchActions = ['pause', 'resume', 'cancel'] as const

export type BatchAction = (typeof batchActions)[number]

export interface BatchButton {
  readonly action: BatchAction
  readonly label: Text
}

/** Those that the state allows. Pressed twice, or too late, a button does no harm. */
export function batchButtons(state: BatchState): readonly BatchButton[] {
  if (state === 'running') return [pause, cancel]
  return state === 'paused' ? [resume, cancel] : []
}

const pause: BatchButton = { action: 'pause', label: { es: 'Pausar', en: 'Pause' } }
const resume: BatchButton = { action: 'resume', label: { es: 'Reanudar', en: 'Resume' } }
const cancel: BatchButton = { action: 'cancel', label: { es: 'Cancelar la publicación', en: 'Cancel the publication' } }
