import type { RunState } from '../../database/central-tables.ts'
import { formatNumber, type Text } from '../../i18n/locale.ts'
import { isActiveState } from './run-state.ts'
import type { RunProgress } from './runs.ts'

/** The state in a word or two, with a mark so that it never depends on colour alone. */
export const stateLabels: Readonly<Record<RunState, { readonly mark: string; readonly text: Text }>> = {
  pending: { mark: '○', text: { es: 'En espera', en: 'Waiting' } },
  running: { mark: '◐', text: { es: 'Copiando', en: 'Copying' } },
  paused: { mark: '‖', text: { es: 'En pausa', en: 'Paused' } },
  completed: { mark: '✓', text: { es: 'Completa', en: 'Complete' } },
  completed_with_errors: { mark: '!', text: { es: 'Completa con errores', en: 'Complete with errors' } },
  failed: { mark: '✕', text: { es: 'Fallida', en: 'Failed' } },
  cancelled: { mark: '–', text: { es: 'Cancelada', en: 'Cancelled' } },
}

/** True while a copy waits, runs or is paused. */
export function isActive(run: RunProgress | null): boolean {
  return run !== null && isActiveState(run.state)
}

/** Whole percent that is done, 0 while the total is not known. Never 100 before the last product. */
export function percentOf({ processed, total }: RunProgress): number {
  return total ? Math.floor((Math.min(processed, total) * 100) / total) : 0
}

/** How a run goes, in a sentence that stays the same until the state changes. */
export function runSentence(run: RunProgress | null): Text {
  if (!run)
    return {
      es: 'Esta tienda todavía no tiene una copia de productos.',
      en: 'This store has no copy of the products yet.',
    }
  return sentences[run.state](run)
}

/** The quarter that is done, said to screen readers alone: four times a run, not at every product. */
export function quarterText(run: RunProgress | null): string {
  if (run?.state !== 'running' || run.total === null) return ''
  // What follows 75 % is the end, which is a state of its own.
  return `${Math.min(75, Math.floor(percentOf(run) / 25) * 25)} %`
}

const sentences: Readonly<Record<RunState, (run: RunProgress) => Text>> = {
  pending: () => ({
    es: 'Preparando… La copia de productos está en espera y empieza sola.',
    en: 'Preparing… The copy of the products is waiting and starts by itself.',
  }),
  running: (run) => (run.total === null ? counting : copying(run.total)),
  paused: () => ({
    es: 'La copia está en pausa. Reanúdela cuando quiera: sigue donde quedó.',
    en: 'The copy is paused. Resume it whenever you like: it goes on where it was.',
  }),
  completed: (run) => ({
    es: `Copia terminada: ${count(run.processed, 'es')} sin errores.`,
    en: `Copy finished: ${count(run.processed, 'en')} without errors.`,
  }),
  completed_with_errors: (run) => ({
    es: `La copia terminó con ${formatNumber(run.errors, 'es')} ${run.errors === 1 ? 'error' : 'errores'}. Revise el informe.`,
    en: `The copy finished with ${formatNumber(run.errors, 'en')} ${run.errors === 1 ? 'error' : 'errors'}. See the report.`,
  }),
  failed: () => ({
    es: 'La copia falló. Lo que ya se copió sigue en la tienda: copie de nuevo para completar lo que falta.',
    en: 'The copy failed. What was already copied stays in the store: copy again to complete the rest.',
  }),
  cancelled: () => ({
    es: 'La copia se canceló y la tienda puede quedar sin una parte del catálogo. Reanúdela para completarla.',
    en: 'The copy was cancelled and the store may lack a part of the catalogue. Resume it to complete it.',
  }),
}

const counting: Text = { es: 'Preparando la copia…', en: 'Preparing the copy…' }

function copying(total: number): Text {
  return { es: `Copiando ${count(total, 'es')}…`, en: `Copying ${count(total, 'en')}…` }
}

/** «1.034 productos», and one product as one. */
function count(products: number, locale: 'es' | 'en'): string {
  const words = { es: ['producto', 'productos'], en: ['product', 'products'] } as const
  return `${formatNumber(products, locale)} ${words[locale][products === 1 ? 0 : 1]}`
}

/** «1 tienda», «2 tiendas». */
export function storeCount(stores: number): Text {
  return {
    es: `${formatNumber(stores, 'es')} ${stores === 1 ? 'tienda' : 'tiendas'}`,
    en: `${formatNumber(stores, 'en')} ${stores === 1 ? 'store' : 'stores'}`,
  }
}

/** False for a run that was interrupted before it knew how many products there are. */
export function hasProgress(run: RunProgress): boolean {
  return run.total !== null || (isActive(run) && run.error === null)
}

/** «812 de 1.034 productos», for the eyes: it changes with every page that is written. */
export function progressText(run: RunProgress): Text {
  if (run.total === null)
    return isActive(run)
      ? { es: 'Contando los productos…', en: 'Counting the products…' }
      : { es: 'No se copió nada', en: 'Nothing was copied' }
  return {
    es: `${formatNumber(run.processed, 'es')} de ${count(run.total, 'es')}`,
    en: `${formatNumber(run.processed, 'en')} of ${count(run.total, 'en')}`,
  }
}

/** Stands where a store's products and its report would, when its own database is damaged or locked. */
export const unreadableText: Text = {
  es: 'Los productos no se pueden mostrar ahora: la base de datos de la tienda no se puede leer.',
  en: 'The products cannot be shown now: the database of the store cannot be read.',
}
