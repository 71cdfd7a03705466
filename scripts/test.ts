import { accessSync, constants, globSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { relative, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { canFakeTime } from '../packages/queue/test/support/fake-clock.ts'
import { canLoadLaravel } from '../packages/queue/test/support/laravel.ts'
import { launchOwnServers } from '../packages/queue/test/support/own-servers.ts'
import { canPool } from '../packages/queue/test/support/pgbouncer.ts'
import { canMount } from '../packages/queue/test/support/small-disk.ts'

/**
 * `npm test`: every test that this machine can run, and at the end which services they covered and which not. With
 * REQUIRE_SERVICES=chromium,… a service that is missing makes the run fail; CI requires all that the tests use. With
 * TEST_SERVERS=own it launches the database servers itself, which is faster than on those that write to a disk.
 */
const root = resolve(import.meta.dirname, '..')
const patterns = ['packages/*/src/**/*.test.ts', 'packages/*/test/**/*.test.ts', 'scripts/*.test.ts']

/** Takes longest, and mostly waits: begun first, it does not run on alone in the end. */
const longest = 'packages/queue/test/chaos/short-forms.test.ts'

await using _servers = process.env.TEST_SERVERS === 'own' ? await launchOwnServers() : undefined
// They look for the servers as they are loaded.
const { mariadbServer, mysqlServer, postgresServer } = await import('../packages/queue/test/support/servers.ts')

interface Service {
  readonly name: string
  readonly isReachable: boolean
  /** False while no test asks for it. */
  readonly isUsed?: boolean
}

const services: readonly Service[] = [
  { name: 'sqlite', isReachable: true },
  { name: 'mariadb', isReachable: mariadbServer !== undefined },
  { name: 'mysql', isReachable: mysqlServer !== undefined },
  { name: 'postgres', isReachable: postgresServer !== undefined },
  { name: 'pgbouncer', isReachable: canPool },
  { name: 'mount', isReachable: canMount },
  { name: 'faketime', isReachable: canFakeTime },
  { name: 'php', isReachable: canLoadLaravel() },
  { name: 'chromium', isReachable: isExecutable(process.env.CHROMIUM_PATH ?? '/usr/bin/chromium') },
  { name: 'redis', isReachable: false, isUsed: false },
]

// Each file is a process that reads the same sources.
process.env.NODE_COMPILE_CACHE ??= resolve(root, 'node_modules/.cache/surtidor')
const chosen = process.argv.slice(2)
const found = globSync(chosen.length > 0 ? chosen : patterns, { cwd: root }).sort()
const files = [...found.filter((file) => file === longest), ...found.filter((file) => file !== longest)]
const interrupted = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => interrupted.abort())
const seconds = new Map<string, number>()
const tests = run({
  cwd: root,
  files: files.map((file) => resolve(root, file)),
  // Of each test: a file may take longer.
  execArgv: ['--test-timeout=300000'],
  // Scenarios with deadlines of a second are among them: more at once would break those, and on busy processors gain nothing.
  concurrency: availableParallelism(),
  // What was launched must not stay behind.
  signal: interrupted.signal,
})
let haveAllPassed = files.length > 0
tests.on('test:summary', ({ success, file, duration_ms: milliseconds }) => {
  if (file === undefined) haveAllPassed &&= success
  else seconds.set(relative(root, file), milliseconds / 1_000)
})
await pipeline(tests, new spec(), process.stdout, { end: false })

const slowest = [...seconds].sort(([, one], [, other]) => other - one).slice(0, 10)
console.log(`slowest files: ${slowest.map(([file, time]) => `${file} ${time.toFixed(0)} s`).join(', ')}`)
const covered = services.filter((service) => service.isReachable)
const missing = services.filter((service) => !covered.includes(service))
const required = (process.env.REQUIRE_SERVICES ?? '').split(',').filter((name) => name !== '')
const lacking = missing.filter(({ name }) => required.includes(name))
console.log(`covered: ${covered.map(({ name }) => name).join(', ')}`)
console.log(
  `not covered: ${missing.map(({ name, isUsed = true }) => (isUsed ? name : `${name} (no test uses it yet)`)).join(', ')}`,
)
for (const { name } of lacking) console.error(`${name} is required here and was not found.`)
process.exitCode = haveAllPassed && lacking.length === 0 ? 0 : 1

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
