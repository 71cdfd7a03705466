import type { Command } from '@surtidor/queue/commands'
import { type Application, openApplication, openParts } from './app.ts'
import { assortmentCommands } from './assortment/assortment-commands.ts'
import { catalogGenerateCommand } from './catalog/catalog-generate-command.ts'
import { catalogImportCommand } from './catalog/catalog-import-command.ts'
import { storeCreateCommand } from './companies/store-create-command.ts'
import type { Config } from './config.ts'
import { copyJobName, laravelCopyJobName } from './copy/copy-request.ts'
import { copyCancelCommand, copyPauseCommand, copyResumeCommand } from './copy/runs/copy-action-commands.ts'
import { copyStartCommand } from './copy/runs/copy-start-command.ts'
import { copyStatusCommand } from './copy/runs/copy-status-command.ts'
import { copyUndoCommand } from './copy/undo/copy-undo-command.ts'
import { copyVerifyCommand } from './copy/verify/copy-verify-command.ts'
import { laravelInspectCommand } from './laravel/laravel-inspect-command.ts'
import { laravelParityCommand } from './laravel/laravel-parity-command.ts'
import { laravelRepairCommand } from './laravel/laravel-repair-command.ts'
import { migrateCommand } from './migrate-command.ts'
import { deliverJobName } from './notifications/deliver-notifications-job.ts'
import { notificationsListCommand } from './notifications/notifications-list-command.ts'
import { notificationsRetryCommand } from './notifications/notifications-retry-command.ts'
import { notificationsSendCommand } from './notifications/notifications-send-command.ts'
import { serveCommand } from './serve-command.ts'
import { batchCommands } from './sync/batch-commands.ts'
import { publishCommand } from './sync/publish-command.ts'
import { CredentialSeal } from './tenancy/credential-seal.ts'
import { migrationSeconds } from './tenancy/store-databases.ts'
import { tellingStoreProblems } from './tenancy/telling-commands.ts'
import { tenantsMigrateCommand } from './tenancy/tenants-migrate-command.ts'
import { tenantsSealCommand } from './tenancy/tenants-seal-command.ts'

/** The application's commands in the order of the list; those of the queue stand among them. */
export function applicationCommands(
  config: Config,
  { queueCommands, cliPath }: { readonly queueCommands: readonly Command[]; readonly cliPath: string },
): readonly Command[] {
  const open = (): Promise<Application> => openApplication(config)
  const openUnchecked = (): Promise<Application> => openParts(config)
  return tellingStoreProblems([
    migrateCommand(() => openParts(config, { deadlineSeconds: migrationSeconds })),
    tenantsMigrateCommand(open),
    tenantsSealCommand(open, new CredentialSeal(config.laravel.keys ?? [])),
    serveCommand({ open, openParts: openUnchecked, cliPath }),
    ...queueCommands,
    catalogImportCommand(open),
    catalogGenerateCommand(),
    publishCommand(open),
    storeCreateCommand(open, config.port),
    ...assortmentCommands(open),
    copyStartCommand(open),
    copyPauseCommand(open),
    copyResumeCommand(open),
    copyCancelCommand(open),
    copyUndoCommand(open),
    copyStatusCommand(open),
    copyVerifyCommand(open),
    ...batchCommands(open),
    notificationsListCommand(open),
    notificationsSendCommand(open),
    notificationsRetryCommand(open),
    laravelParityCommand({ database: config.database, password: process.env.DB_PASSWORD ?? '' }),
    laravelRepairCommand({ database: config.database, password: process.env.DB_PASSWORD ?? '' }),
    laravelInspectCommand({
      database: config.database,
      password: process.env.DB_PASSWORD ?? '',
      queue: {
        handlers: [copyJobName, laravelCopyJobName, deliverJobName],
        unknownJobs: config.unknownJobs,
        retryAfterSeconds: config.retryAfterSeconds,
        laravel: config.laravel,
      },
    }),
  ])
}
