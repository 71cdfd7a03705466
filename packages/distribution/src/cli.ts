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
import { type Config, loadConfig, localeOf } from './config.ts'

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
  const words = process.argv.slice(2)
  const program: Program = {
    name: './surtidor',
    version: `Surtidor ${readVersion()}`,
    summary: {
      es: 'Surtidor: trabajos en segundo plano y surtido de tiendas',
      en: 'Surtidor: background jobs and the stocking of stores',
    },
    commands: await commandsOf(config, words),
    onDefect: (error) => void import('./logging.ts').then(({ logDefect }) => logDefect(config, error)),
  }
  return await runCommand(program, words, processTerminal(config.locale))
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

/** What watches over workers stays small: the rest of the application is read when it is needed. */
async function commandsOf(config: Config, words: readonly string[]): Promise<readonly Command[]> {
  const cliPath = import.meta.filename
  const ofQueue = queueCommands({
    open: async () => (await import('./app.ts')).openApplication(config),
    script: cliPath,
    recordFolder: config.recordFolder,
  })
  const name = words.find((word) => !word.startsWith('-'))
  if (ofQueue.some((command) => command.name === name || command.aliases?.includes(name ?? ''))) return ofQueue
  const { applicationCommands } = await import('./commands.ts')
  return applicationCommands(config, { queueCommands: ofQueue, cliPath })
}
