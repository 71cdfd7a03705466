import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants } from 'node:fs'
import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { canFakeTime } from '../packages/queue/test/support/fake-clock.ts'
import { canLoadLaravel } from '../packages/queue/test/support/laravel.ts'
import { canPool } from '../packages/queue/test/support/pgbouncer.ts'
import { mariadbServer, mysqlServer, postgresServer } from '../packages/queue/test/support/servers.ts'
import { canMount } from '../packages/queue/test/support/small-disk.ts'

/**
 * `npm test`: every test that this machine can run, and at the end which services they covered and which not. With
 * REQUIRE_SERVICES=chromium,… a service that is missing makes the run fail; CI requires all that the tests use.
 */
const root = resolve(import.meta.dirname, '..')
const files = ['packages/*/src/**/*.test.ts', 'packages/*/test/**/*.test.ts', 'scripts/*.test.ts']

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

const chosen = process.argv.slice(2)
// Most tests wait for others: as many files at once as there are processors leave neither idle.
const options = ['--test', '--test-timeout=300000', `--test-concurrency=${availableParallelism()}`]
const tests = spawn(process.execPath, [...options, ...(chosen.length > 0 ? chosen : files)], {
  cwd: root,
  stdio: 'inherit',
  // Each file is a process that reads the same sources.
  env: { NODE_COMPILE_CACHE: resolve(root, 'node_modules/.cache/surtidor'), ...process.env },
})
const [code] = await once(tests, 'exit')

const covered = services.filter((service) => service.isReachable)
const missing = services.filter((service) => !covered.includes(service))
const required = (process.env.REQUIRE_SERVICES ?? '').split(',').filter((name) => name !== '')
const lacking = missing.filter(({ name }) => required.includes(name))
console.log(`covered: ${covered.map(({ name }) => name).join(', ')}`)
console.log(
  `not covered: ${missing.map(({ name, isUsed = true }) => (isUsed ? name : `${name} (no test uses it yet)`)).join(', ')}`,
)
for (const { name } of lacking) console.error(`${name} is required here and was not found.`)
process.exitCode = code === 0 && lacking.length === 0 ? 0 : 1

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
