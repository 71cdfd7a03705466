import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { type Options, readOptions, usage } from './options.ts'

// The servers and children are taken down when this process exits, so a signal must make it exit.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130))

const options = readCommandLine()
if (options) {
  installPeers()
  // Loaded only now: it needs what was just installed.
  const { measureAll } = await import('./measure-all.ts')
  const isFine = await measureAll(options, ['node run.ts', ...process.argv.slice(2)].join(' '))
  // Clients of servers that are gone may keep timers.
  process.exit(isFine ? 0 : 1)
}

function readCommandLine(): Options | undefined {
  try {
    return readOptions(process.argv.slice(2))
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${usage}`)
    process.exitCode = 2
    return undefined
  }
}

/** The peers are a matter of this folder alone, so nobody else's `npm ci` brings them. */
function installPeers(): void {
  if (existsSync(join(import.meta.dirname, 'node_modules'))) return
  console.error('Installing the peers …')
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], {
    cwd: import.meta.dirname,
    stdio: ['ignore', 2, 2],
    // Packages with native parts look for the Node they are for in the path.
    env: { ...process.env, PATH: [dirname(process.execPath), process.env.PATH].join(delimiter) },
  })
  if (status !== 0) throw new Error('npm ci did not work in the folder of the bench.')
}
