import type { Command } from '@surtidor/queue/commands'
import { type Application, migrateApplication } from './app.ts'

/** `migrate`: brings the database to the current schema; running it again changes nothing. */
export function migrateCommand(openParts: () => Promise<Application>): Command {
  return {
    name: 'migrate',
    summary: { es: 'Crea o actualiza las tablas', en: 'Create or update the tables' },
    async run(_input, terminal) {
      await using app = await openParts()
      const ran = await migrateApplication(app)
      for (const name of ran) terminal.write(`${name} … ${{ es: 'lista', en: 'done' }[terminal.locale]}`)
      if (ran.length === 0) terminal.write({ es: 'Nada que migrar.', en: 'Nothing to migrate.' }[terminal.locale])
      return 0
    },
  }
}
