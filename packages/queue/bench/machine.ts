import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus, release, totalmem, type } from 'node:os'
import { join } from 'node:path'

/** The machine in one line. */
export function describeMachine(): string {
  const processors = cpus()
  const memory = Math.round(totalmem() / 1_073_741_824)
  return `${processors[0]?.model ?? 'unknown processor'}, ${processors.length} cores, ${memory} GiB, ${type()} ${release()}`
}

const peers = ['bullmq', 'ioredis', 'graphile-worker', 'pg-boss', 'plainjob', 'liteque', 'sidequest']
const clients = ['mysql2', 'pg', 'better-sqlite3']

/** Everything whose version decides about the figures, apart from the servers. */
export function describeVersions(): readonly string[] {
  return [
    `Node ${process.versions.node}, node:sqlite ${process.versions.sqlite}`,
    [...peers, ...clients].map((name) => `${name} ${versionOf(name)}`).join(', '),
    `PHP ${output('php', ['-r', 'echo PHP_VERSION;'])}, php-illuminate-queue ${output('dpkg-query', ['-W', '-f', `\${Version}`, 'php-illuminate-queue'])}`,
  ]
}

function versionOf(name: string): string {
  const manifest: { version: string } = JSON.parse(
    readFileSync(join(import.meta.dirname, 'node_modules', name, 'package.json'), 'utf8'),
  )
  return manifest.version
}

function output(program: string, args: readonly string[]): string {
  const { status, stdout } = spawnSync(program, args, { encoding: 'utf8' })
  return status === 0 ? stdout.trim() : 'not installed'
}
