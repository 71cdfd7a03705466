import type { Command } from '@surtidor/queue/commands'
import { firstId, storeArgument } from '../../command-line/typed-input.ts'
import { StoreHasActiveRunError } from './run-errors.ts'
import { type RunDependencies, startRun } from './runs.ts'

/** `copy:start COMPANY`: a new copy for a store that exists; while one is at work, that one. */
export function copyStartCommand(open: () => Promise<RunDependencies & AsyncDisposable>): Command {
  return {
    name: 'copy:start',
    summary: {
      es: 'Pone en cola una copia nueva para una tienda que ya existe',
      en: 'Queues a new copy for a store that exists',
    },
    arguments: [{ ...storeArgument, name: 'company' }],
    async run(input, terminal) {
      const companyId = firstId(input)
      await using app = await open()
      const run = await startRun(app, companyId)
      if (run.state === 'paused') throw new StoreHasActiveRunError(run)
      const text = {
        es: `Copia ${run.id} de la tienda ${companyId} en cola: sígala con «copy:status ${run.id}».`,
        en: `Copy ${run.id} of store ${companyId} is queued: follow it with "copy:status ${run.id}".`,
      }
      terminal.write(text[terminal.locale])
      return 0
    },
  }
}
