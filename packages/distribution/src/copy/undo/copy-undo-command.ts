import type { Command } from '@surtidor/queue/commands'
import { firstId, runArgument } from '../../command-line/typed-input.ts'
import { formatNumber, type Locale, type Text } from '../../i18n/locale.ts'
import { laterRunText } from './later-run-text.ts'
import { type KeepReason, keepReasonTexts } from './undo-rules.ts'
import { previewUndo, type UndoDependencies, type UndoneRun, undoRun } from './undo-run.ts'

/**
 * `copy:undo RUN [--force]`: removes the products that a copy brought and that the store has not touched since. Without
 * `--force` it tells how many that are and writes nothing.
 */
export function copyUndoCommand(open: () => Promise<UndoDependencies & AsyncDisposable>): Command {
  return {
    name: 'copy:undo',
    summary: {
      es: 'Quita de la tienda lo que trajo una copia y nadie ha cambiado',
      en: 'Removes from the store what a copy brought and nobody has changed',
    },
    arguments: [{ ...runArgument, required: true }],
    options: {
      force: {
        kind: 'flag',
        summary: { es: 'Quita los productos; sin esta opción solo los cuenta', en: 'Removes them instead of counting' },
      },
    },
    async run(input, terminal) {
      const runId = firstId(input)
      await using app = await open()
      const isDone = input.flag('force')
      const undone = isDone ? await undoRun(app, runId) : await previewUndo(app, runId)
      for (const line of linesOf(undone, isDone, terminal.locale)) terminal.write(line)
      return 0
    },
  }
}

function linesOf(undone: UndoneRun, isDone: boolean, locale: Locale): readonly string[] {
  const { run, kept } = undone
  const keptLines = reasons.flatMap((reason) => {
    const count = kept.get(reason)
    return count === undefined ? [] : [`  ${formatNumber(count, locale)} · ${keepReasonTexts[reason][locale]}`]
  })
  const later = laterRunText(undone)
  const end = [...(later ? [later[locale]] : []), ...(isDone ? [] : [hint(run.id)[locale]])]
  return [firstLine(undone, isDone)[locale], ...keptLines, ...end]
}

function firstLine({ run: { id, companyId }, removed, kept }: UndoneRun, isDone: boolean): Text {
  const stay = kept.values().reduce((sum, count) => sum + count, 0)
  const es = `${formatNumber(removed, 'es')} ${isDone ? 'quitados' : 'por quitar'}, ${formatNumber(stay, 'es')} se quedan`
  const en = `${formatNumber(removed, 'en')} ${isDone ? 'removed' : 'to remove'}, ${formatNumber(stay, 'en')} stay`
  return {
    es: `Copia ${id} de la tienda ${companyId}${isDone ? ' deshecha' : ''}: ${es}.`,
    en: `Copy ${id} of store ${companyId}${isDone ? ' undone' : ''}: ${en}.`,
  }
}

function hint(runId: number): Text {
  return {
    es: `Todavía no se quitó nada: hágalo con «copy:undo ${runId} --force».`,
    en: `Nothing has been removed yet: do it with "copy:undo ${runId} --force".`,
  }
}

const reasons: readonly KeepReason[] = ['in_stock', 'deleted', 'hidden', 'own_price', 'locked', 'edited']
