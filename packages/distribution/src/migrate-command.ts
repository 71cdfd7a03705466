import type { Command, Terminal } from '@surtidor/queue/commands'
import { type Application, migrateApplication } from './app.ts'
import { revisionNotice } from './sync/revision-notice.ts'
import { adoptionNotice } from './tenancy/adoption-notice.ts'

/**
 * `migrate [--distributor=ID]`: brings the database to the current schema, and takes over one of the original application;
 * running it again changes nothing. Says what it may not make.
 */
export function migrateCommand(openParts: () => Promise<Application>): Command {
  return {
    name: 'migrate',
    summary: {
      es: 'Crea o actualiza las tablas; toma también la base de datos de la aplicación Laravel',
      en: 'Create or update the tables; takes over the database of the Laravel application too',
    },
    options: {
      distributor: {
        kind: 'text',
        summary: {
          es: 'Al tomar una base de Laravel: el id en tenants de la distribuidora de su catálogo, si hay varias',
          en: "When taking over one of Laravel's: the id in tenants of the distributor of its catalogue, if there are several",
        },
      },
    },
    async run(input, terminal) {
      await using app = await openParts()
      await migrate(app, { distributorId: input.text('distributor'), terminal })
      return 0
    },
  }
}

interface Migrating {
  readonly distributorId: string | undefined
  readonly terminal: Terminal
}

async function migrate(app: Application, { distributorId, terminal }: Migrating): Promise<void> {
  const ran = await migrateApplication(app, { adopts: true, distributorId })
  for (const name of ran) terminal.write(`${name} … ${{ es: 'lista', en: 'done' }[terminal.locale]}`)
  if (ran.length === 0) terminal.write({ es: 'Nada que migrar.', en: 'Nothing to migrate.' }[terminal.locale])
  for (const notice of [await adoptionNotice(app.central), await revisionNotice(app.central)]) {
    if (notice) terminal.write(notice[terminal.locale])
  }
}
