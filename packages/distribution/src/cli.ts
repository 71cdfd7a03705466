import { readFileSync } from 'node:fs'
import {
  type Command,
  CommandError,
  outliveOutput,
  type Program,
  processTerminal,
  queueCommands,
  runCommand,
} from '@surtidor/queue/commands'
import { type Application, openApplication, openParts } from './app.ts'
import { catalogGenerateCommand } from './catalog/catalog-generate-command.ts'
import { catalogImportCommand } from './catalog/catalog-import-command.ts'
import { storeCreateCommand } from './companies/store-create-command.ts'
import { type Config, loadConfig, localeOf } from './config.ts'
import { copyJobName, laravelCopyJobName } from './copy/copy-request.ts'
import { copyStartCommand } from './copy/copy-start-command.ts'
import { copyStatusCommand } from './copy/copy-status-command.ts'
import { copyVerifyCommand } from './copy/copy-verify-command.ts'
import { laravelInspectCommand } from './laravel/laravel-inspect-command.ts'
import { logDefect } from './logging.ts'
import { migrateCommand } from './migrate-command.ts'
import { serveCommand } from './serve-command.ts'

// Databases, logs and settings are for their owner only.
process.umask(0o077)
outliveOutput(() => localeOf(process.env))

const code = await main()
process.exitCode = code
// A handler that ignores its timeout keeps the process alive; everything of ours is closed by now.
setTimeout(() => process.exit(code), 2_000).unref()

async function main(): Promise<number> {
  const config = readSettings()
  if (!config) return 1
  const program: Program = {
    name: './surtidor',
    version: `Surtidor ${readVersion()}`,
    summary: {
      es: 'Surtidor: trabajos en segundo plano y surtido de tiendas',
      en: 'Surtidor: background jobs and the stocking of stores',
    },
    commands: commandsOf(config),
    onDefect: (error) => logDefect(config, error),
  }
  return await runCommand(program, process.argv.slice(2), processTerminal(config.locale))
}

function readSettings(): Config | undefined {
  try {
    return loadConfig()
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    processTerminal(localeOf(process.env)).writeError(error.text[localeOf(process.env)])
    return undefined
  }
}

function readVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  return String(version)
}

function commandsOf(config: Config): readonly Command[] {
  const open = (): Promise<Application> => openApplication(config)
  const openUnchecked = (): Promise<Application> => openParts(config)
  return [
    migrateCommand(openUnchecked),
    serveCommand({ open, openParts: openUnchecked, cliPath: import.meta.filename }),
    ...queueCommands({ open, script: import.meta.filename }),
    catalogImportCommand(open),
    catalogGenerateCommand(),
    storeCreateCommand(open),
    copyStartCommand(open),
    copyStatusCommand(open),
    copyVerifyCommand(open),
    laravelInspectCommand({
      databasePath: config.databasePath,
      password: process.env.DB_PASSWORD ?? '',
      queue: {
        handlers: [copyJobName, laravelCopyJobName],
        unknownJobs: config.unknownJobs,
        retryAfterSeconds: config.retryAfterSeconds,
        laravel: config.laravel,
      },
    }),
  ]
}
