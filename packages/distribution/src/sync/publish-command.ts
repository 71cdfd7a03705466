import type { Command, CommandInput, Terminal } from '@surtidor/queue/commands'
import { distributorOption } from '../command-line/typed-input.ts'
import { findDistributor } from '../tenancy/distributor.ts'
import type { StoreDatabases } from '../tenancy/store-databases.ts'
import { describePreview, publishedLine } from './batch-lines.ts'
import type { BatchDependencies } from './continue-batches.ts'
import { previewPublication } from './preview.ts'
import { publish } from './publish.ts'

/** What the command needs of the application. */
export type PublishAccess = BatchDependencies & { readonly stores: StoreDatabases } & AsyncDisposable

/** `catalog:publish [--tenant=ID] [--dry-run]`: says what it would do in each store, and then does it. */
export function publishCommand(open: () => Promise<PublishAccess>): Command {
  return {
    name: 'catalog:publish',
    summary: {
      es: 'Publica el catálogo a todas las tiendas de la distribuidora',
      en: "Publish the catalogue to all of the distributor's stores",
    },
    options: {
      tenant: distributorOption,
      'dry-run': {
        kind: 'flag',
        summary: { es: 'Solo muestra lo que haría', en: 'Only shows what it would do' },
      },
    },
    run: (input, terminal) => run(open, input, terminal),
  }
}

async function run(open: () => Promise<PublishAccess>, input: CommandInput, terminal: Terminal): Promise<number> {
  await using app = await open()
  const { id: distributorId } = await findDistributor(app.central, input.text('tenant'))
  const preview = await previewPublication(app, distributorId)
  for (const line of describePreview(preview, terminal.locale)) terminal.write(line)
  if (input.flag('dry-run')) return 0
  const batch = await publish(app, { distributorId, revision: preview.revision })
  terminal.write(publishedLine(batch)[terminal.locale])
  return 0
}
