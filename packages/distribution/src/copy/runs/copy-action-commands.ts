import type { Command } from '@surtidor/queue/commands'
import { firstId, runArgument } from '../../command-line/typed-input.ts'
import type { Text } from '../../i18n/locale.ts'
import { cancelRunAndTell, pauseRun, type ResumeDependencies, resumeRun } from './run-actions.ts'
import type { RunProgress } from './runs.ts'

type Open = () => Promise<ResumeDependencies & AsyncDisposable>

/** `copy:pause RUN`: nothing but the page under way is written any more. */
export function copyPauseCommand(open: Open): Command {
  return actionCommand(open, {
    name: 'copy:pause',
    summary: { es: 'Pausa una copia que espera o avanza', en: 'Pauses a copy that waits or runs' },
    act: ({ central }, runId) => pauseRun(central, runId),
    answer: ({ id }) => ({
      es: `Copia ${id} en pausa: reanúdela con «copy:resume ${id}».`,
      en: `Copy ${id} is paused: resume it with "copy:resume ${id}".`,
    }),
  })
}

/** `copy:resume RUN`: a paused, failed or cancelled copy goes on where it was. */
export function copyResumeCommand(open: Open): Command {
  return actionCommand(open, {
    name: 'copy:resume',
    summary: {
      es: 'Reanuda una copia en pausa, fallida o cancelada',
      en: 'Resumes a copy that is paused, failed or cancelled',
    },
    act: resumeRun,
    answer: ({ id, companyId }) => ({
      es: `Copia ${id} de la tienda ${companyId} en cola: sígala con «copy:status ${id}».`,
      en: `Copy ${id} of store ${companyId} is queued: follow it with "copy:status ${id}".`,
    }),
  })
}

/** `copy:cancel RUN`: what was copied stays. */
export function copyCancelCommand(open: Open): Command {
  return actionCommand(open, {
    name: 'copy:cancel',
    summary: { es: 'Cancela una copia; lo copiado queda en la tienda', en: 'Cancels a copy; what was copied stays' },
    act: cancelRunAndTell,
    answer: ({ id }) => ({
      es: `Copia ${id} cancelada: lo copiado queda en la tienda. «copy:resume ${id}» la completa y «copy:undo ${id}» la deshace.`,
      en: `Copy ${id} is cancelled: what was copied stays in the store. "copy:resume ${id}" completes it and "copy:undo ${id}" takes it back.`,
    }),
  })
}

interface ActionCommand {
  readonly name: string
  readonly summary: Text
  readonly act: (deps: ResumeDependencies, runId: number) => Promise<RunProgress>
  readonly answer: (run: RunProgress) => Text
}

function actionCommand(open: Open, { name, summary, act, answer }: ActionCommand): Command {
  return {
    name,
    summary,
    arguments: [{ ...runArgument, required: true }],
    async run(input, terminal) {
      const runId = firstId(input)
      await using app = await open()
      terminal.write(answer(await act(app, runId))[terminal.locale])
      return 0
    },
  }
}
