import type { Locale, Text } from '../../i18n/locale.ts'
import { type Html, html } from '../../pages/html.ts'
import { actionsIn, type RunAction } from './run-state.ts'
import type { RunProgress } from './runs.ts'

/** What a person may ask of a run with a button; to undo one is asked about first. */
export const buttonActions = ['resume', 'pause', 'cancel'] as const satisfies readonly RunAction[]

export type ButtonAction = (typeof buttonActions)[number]

/** A form for each thing that the run's state allows. Pressed twice, or too late, a button does no harm. */
export function runButtons(run: RunProgress | null, locale: Locale): Html {
  if (!run) return html``
  const allowed = actionsIn(run.state)
  const actions = buttonActions.filter((action) => allowed.includes(action))
  return html`${actions.map(
    (action) =>
      html`<form method="post" action="/stores/${run.companyId}/runs/${run.id}/${action}"><button class="button button-quiet">${labels[action][locale]}</button></form>`,
  )}
${allowed.includes('undo') && html`<a class="button button-quiet" href="/stores/${run.companyId}/runs/${run.id}/undo">${undoLabel[locale]}</a>`}`
}

const undoLabel: Text = { es: 'Deshacer la copia…', en: 'Undo the copy…' }

const labels = {
  resume: { es: 'Reanudar la copia', en: 'Resume the copy' },
  pause: { es: 'Pausar', en: 'Pause' },
  cancel: { es: 'Cancelar la copia', en: 'Cancel the copy' },
} as const satisfies Readonly<Record<ButtonAction, Text>>
