import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Options, readOptions, usage } from './options.ts'

const options = readCommandLine()
if (options) {
  installClient()
  // Loaded only now: it needs what was just installed.
  const { measure } = await import('./measure.ts')
  process.exit(await measure(options, ['node run.ts', ...process.argv.slice(2)].join(' ')))
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

/** The client that inserts fastest is a matter of this folder alone, so nobody else's `npm ci` brings it. */
function installClient(): void {
  if (existsSync(join(import.meta.dirname, 'node_modules'))) return
  console.error("Installing MariaDB's client …")
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], {
    cwd: import.meta.dirname,
    stdio: ['ignore', 2, 2],
  })
  if (status !== 0) throw new Error('npm ci did not work in the folder of the bench.')
}
