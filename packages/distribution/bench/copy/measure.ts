import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { describeMachine } from '../../../queue/bench/machine.ts'
import { Workplace } from './databases/workplace.ts'
import type { Options } from './options.ts'
import { race } from './race.ts'
import { toMarkdown } from './report.ts'
import { killContenders } from './run-contender.ts'

/**
 * Runs the bench, prints its report and answers the exit code: 1 when a contender broke, 130 after a signal. The databases
 * are dropped in any case.
 */
export async function measure(options: Options, command: string): Promise<number> {
  const ending = new AbortController()
  await using workplace = new Workplace(ending.signal)
  const endNow = () => {
    console.error('Dropping the databases …')
    ending.abort()
    killContenders()
    workplace.interrupt().catch((error) => console.error(error))
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, endNow)
  try {
    const report = await raceAndReport(workplace, options, command)
    console.log(report.text)
    return report.isFine ? 0 : 1
  } catch (error) {
    if (ending.signal.aborted) return 130
    throw error
  }
}

async function raceAndReport(workplace: Workplace, options: Options, command: string) {
  const notRun = options.lanes.flatMap((lane) => {
    const reason = workplace.whyMissing(lane)
    return reason === undefined ? [] : [`${lane}: ${reason}`]
  })
  if (options.lanes.includes('two-servers')) await workplace.startSecondServer()
  const startedAt = new Date().toISOString()
  const lines = [describeMachine(), ...describeVersions(), ...(await workplace.describe())]
  const result = await race(workplace, options)
  return { text: toMarkdown(result, { startedAt, command, lines, notRun }), isFine: result.failures.length === 0 }
}

function describeVersions(): readonly string[] {
  const clients = ['mariadb', 'mysql2', 'pg'].map((name) => `${name} ${versionOf(name)}`)
  const php = output('php', ['-r', 'echo PHP_VERSION;'])
  const illuminate = output('dpkg-query', ['-W', '-f', `\${Version}`, 'php-illuminate-database'])
  return [
    `Node ${process.versions.node}, node:sqlite ${process.versions.sqlite}, ${clients.join(', ')}`,
    `PHP ${php}, php-illuminate-database ${illuminate}`,
  ]
}

function versionOf(name: string): string {
  const folders = createRequire(import.meta.url).resolve.paths(name) ?? []
  for (const folder of folders) {
    try {
      const manifest: { version: string } = JSON.parse(readFileSync(join(folder, name, 'package.json'), 'utf8'))
      return manifest.version
    } catch {
      // In one of the folders above.
    }
  }
  return 'unknown'
}

function output(program: string, words: readonly string[]): string {
  const { status, stdout } = spawnSync(program, words, { encoding: 'utf8' })
  return status === 0 ? stdout.trim() : 'not installed'
}
