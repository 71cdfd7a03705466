import { ApplicationError } from '../../errors.ts'
import type { Text } from '../../i18n/locale.ts'
import { actionsIn, type RunAction, type RunState } from './run-state.ts'
import { stateLabels } from './run-texts.ts'
import type { RunProgress } from './runs.ts'

type RefusedRun = Pick<RunProgress, 'id' | 'companyId' | 'state'>

/** The run's state does not allow what was asked. */
export class RunMoveRefusedError extends ApplicationError {
  readonly code = 'RUN_MOVE_REFUSED'
  readonly runId: number
  readonly state: RunState

  constructor({ id, companyId, state }: RefusedRun, action: RunAction) {
    const next = nextStep({ id, companyId, state })
    const label = labelOf(state)
    super({
      es: `La copia ${id} no se puede ${actionNames[action].es}: está ${label.es}. ${next.es}`,
      en: `Copy ${id} cannot be ${actionNames[action].en}: it is ${label.en}. ${next.en}`,
    })
    this.runId = id
    this.state = state
  }
}

/** The store has a copy that waits, runs or is paused, so no other one of it may be moved. */
export class StoreHasActiveRunError extends ApplicationError {
  readonly code = 'STORE_HAS_ACTIVE_RUN'
  readonly runId: number

  constructor({ id, companyId, state }: RefusedRun) {
    const next = nextStep({ id, companyId, state })
    const label = labelOf(state)
    super({
      es: `La tienda ${companyId} ya tiene la copia ${id} (${label.es}). ${next.es}`,
      en: `Store ${companyId} already has copy ${id} (${label.en}). ${next.en}`,
    })
    this.runId = id
  }
}

/** While a run was undone, somebody resumed it or began to undo it too. */
export class UndoOvertakenError extends ApplicationError {
  readonly code = 'UNDO_OVERTAKEN'

  constructor(runId: number) {
    super({
      es: `Alguien más reanudó o deshace la copia ${runId}, y aquí no se sigue. Vea cómo está con «copy:status ${runId}».`,
      en: `Somebody else resumed copy ${runId} or is undoing it, so this ends here. See how it is with "copy:status ${runId}".`,
    })
  }
}

function labelOf(state: RunState): Text {
  const { es, en } = stateLabels[state].text
  return { es: es.toLowerCase(), en: en.toLowerCase() }
}

/** The command for the first of these that the state allows. */
function nextStep({ id, companyId, state }: RefusedRun): Text {
  const action = (['resume', 'cancel'] as const).find((each) => actionsIn(state).includes(each))
  if (action === undefined) {
    return { es: `Copie de nuevo con «copy:start ${companyId}».`, en: `Copy again with "copy:start ${companyId}".` }
  }
  return {
    es: `Puede ${actionNames[action].es}la con «copy:${action} ${id}».`,
    en: `It can be ${actionNames[action].en} with "copy:${action} ${id}".`,
  }
}

const actionNames = {
  pause: { es: 'pausar', en: 'paused' },
  resume: { es: 'reanudar', en: 'resumed' },
  cancel: { es: 'cancelar', en: 'cancelled' },
  undo: { es: 'deshacer', en: 'undone' },
} as const satisfies Readonly<Record<RunAction, Text>>
