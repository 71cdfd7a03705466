import type { Command, CommandInput, Terminal } from '@surtidor/queue/commands'
import { RecordFolder } from '@surtidor/queue/supervisor'
import { type Application, migrateApplication } from './app.ts'
import { addDemoCatalog } from './catalog/demo-catalog.ts'
import { listen } from './http/listen.ts'
import { createHttpApp } from './http-app.ts'
import { formatNumber } from './i18n/locale.ts'
import { KeptWorker } from './kept-worker.ts'
import { keepTending } from './sync/tend-publications.ts'
import { findDistributor } from './tenancy/distributor.ts'

export interface ServeHost {
  readonly open: () => Promise<Application>
  /** Without a look at the schema, for `--migrate`. */
  readonly openParts: () => Promise<Application>
  /** What the worker process runs. */
  readonly cliPath: string
}

/** `serve`: the pages, one worker as a child process, and a look at publications every minute. `npm start` is `serve --migrate --demo`. */
export function serveCommand({ open, openParts, cliPath }: ServeHost): Command {
  return {
    name: 'serve',
    summary: { es: 'Abre las páginas y pone a trabajar un proceso', en: 'Serve the pages and start one worker' },
    options: {
      port: {
        kind: 'number',
        min: 1,
        max: 65_535,
        summary: { es: 'Puerto; si falta, PORT de .env', en: 'Port; default PORT of .env' },
      },
      migrate: { kind: 'flag', summary: { es: 'Antes migra', en: 'Migrate first' } },
      demo: {
        kind: 'flag',
        summary: {
          es: 'Antes pone el catálogo de muestra, si no hay ninguno',
          en: 'Add the demo catalogue first, into an empty one',
        },
      },
      'without-worker': { kind: 'flag', summary: { es: 'Sin proceso de trabajo', en: 'Start no worker' } },
    },
    async run(input, terminal) {
      await using app = await (input.flag('migrate') ? openMigrated(openParts) : open())
      if (input.flag('demo')) await addDemo(app, terminal)
      return await serve({ app, input, terminal, cliPath })
    },
  }
}

async function openMigrated(openParts: () => Promise<Application>): Promise<Application> {
  const app = await openParts()
  await migrateApplication(app)
  return app
}

async function addDemo({ central }: Application, terminal: Terminal): Promise<void> {
  const distributor = await findDistributor(central)
  const added = await addDemoCatalog({ central }, distributor.id)
  if (added === 0) return
  const count = formatNumber(added, terminal.locale)
  terminal.write(
    { es: `Catálogo de muestra: ${count} productos.`, en: `Demo catalogue: ${count} products.` }[terminal.locale],
  )
}

interface Serving {
  readonly app: Application
  readonly input: CommandInput
  readonly terminal: Terminal
  readonly cliPath: string
}

async function serve({ app, input, terminal, cliPath }: Serving): Promise<number> {
  const pages = createHttpApp({
    ...app,
    locale: terminal.locale,
    distributorId: async () => (await findDistributor(app.central)).id,
  })
  const folder = input.flag('without-worker') ? undefined : new RecordFolder(app.config.recordFolder)
  const stopped = stopSignal()
  const server = await listen(pages, { port: input.number('port') ?? app.config.port })
  const worker = folder && new KeptWorker({ ...app, cliPath, folder })
  const stopping = new AbortController()
  const tending = keepTending(app, { signal: stopping.signal, log: app.log })
  greet(terminal, server.url)
  await stopped
  stopping.abort()
  await Promise.all([server.close(), worker?.stop(), tending])
  return 0
}

function greet(terminal: Terminal, url: string): void {
  const text = {
    es: `Surtidor en ${url}\nSolo se oye desde este equipo (127.0.0.1) hasta que haya inicio de sesión; cada POST debe traer el Origin de esta página.\nCtrl+C para terminar.`,
    en: `Surtidor at ${url}\nIt listens on this machine only (127.0.0.1) until there is a sign-in; every POST must carry this page's Origin.\nCtrl+C to stop.`,
  }
  terminal.write(text[terminal.locale])
}

function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve())
  })
}
