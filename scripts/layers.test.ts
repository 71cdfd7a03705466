import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { test } from 'node:test'

const root = resolve(import.meta.dirname, '..')

/** What each room must not import. The rules are overrides of one option, so a later one could silently replace another. */
const forbidden = [
  ['packages/queue/src/queue.ts', './connections/sqlite.ts'],
  ['packages/queue/src/worker/worker.ts', '../drivers/driver.ts'],
  ['packages/queue/src/worker/worker.ts', '../commands/index.ts'],
  ['packages/queue/src/worker/worker.ts', '@surtidor/distribution'],
  ['packages/queue/src/worker/worker.ts', '../dispatch/dispatcher.ts'],
  ['packages/queue/src/attempt/attempt.ts', 'kysely'],
  ['packages/queue/src/attempt/attempt.ts', '../worker/lease.ts'],
  ['packages/queue/src/dispatch/dispatcher.ts', '../drivers/driver.ts'],
  ['packages/queue/src/attempt/backoff.ts', '../job.ts'],
  ['packages/queue/src/errors.ts', './connection.ts'],
  ['packages/queue/src/connections/sqlite.ts', '../queue.ts'],
  ['packages/queue/src/connections/sql/claim.ts', '../../drivers/sqlite.ts'],
  ['packages/queue/src/connections/sql/claim.ts', '../../laravel/payload.ts'],
  ['packages/queue/src/drivers/sqlite.ts', '../connections/sqlite.ts'],
  ['packages/queue/src/commands/queue-work.ts', '../connections/sqlite.ts'],
  ['packages/queue/src/commands/queue-work.ts', '../../../distribution/src/app.ts'],
  ['packages/queue/src/laravel/payload.ts', '../queue.ts'],
  ['packages/queue/src/inspection/scan-rows.ts', '../drivers/driver.ts'],
  ['packages/distribution/src/app.ts', '../../queue/src/queue.ts'],
  ['packages/distribution/src/copy/plan/plan.ts', 'kysely'],
  ['packages/distribution/src/copy/plan/plan.ts', '../pages/write-page.ts'],
  ['packages/distribution/src/copy/plan/plan.ts', '../../../../queue/src/queue.ts'],
] as const

/** What each room builds on. */
const allowed = [
  ['packages/queue/src/worker/worker.ts', '../attempt/attempt.ts'],
  ['packages/queue/src/dispatch/dispatcher.ts', '../worker/run-at-once.ts'],
  ['packages/queue/src/connections/sqlite.ts', '../drivers/sqlite.ts'],
  ['packages/queue/src/connections/sql/claim.ts', '../../drivers/driver.ts'],
  ['packages/queue/src/inspection/scan-rows.ts', '../laravel/payload.ts'],
  ['packages/distribution/src/app.ts', '@surtidor/queue'],
  ['packages/distribution/src/copy/plan/plan.ts', '../../catalog/store-price.ts'],
] as const

test('each room imports what it builds on and nothing else', () => {
  const files = Map.groupBy([...allowed, ...forbidden], ([file]) => file)

  const refused = lint([...files].map(([file, imports]) => [file, imports.map(([, module]) => module)]))

  assert.deepEqual(refused.toSorted(), forbidden.map(([file, module]) => `${file} ${module}`).toSorted())
})

/** Writes files that import these modules, one a line, beside a copy of our rules; answers `file module` for each refusal. */
function lint(files: Iterable<readonly [string, readonly string[]]>): readonly string[] {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'surtidor-layers-')))
  try {
    copyFileSync(join(root, 'biome.json'), join(folder, 'biome.json'))
    const modules = new Map(files)
    for (const [file, imports] of modules) write(join(folder, file), imports)
    const words = [
      'lint',
      '--vcs-enabled=false',
      '--only=style/noRestrictedImports',
      '--reporter=github',
      '--max-diagnostics=none',
      '.',
    ]
    const { stdout } = spawnSync(join(root, 'node_modules/.bin/biome'), words, {
      cwd: folder,
      encoding: 'utf8',
      timeout: 60_000,
    })
    const refusals = stdout.matchAll(/noRestrictedImports,file=([^,]+),line=(\d+)/g)
    return [...refusals].map(([, path = '', line]) => {
      const file = relative(folder, path)
      return `${file} ${modules.get(file)?.[Number(line) - 1]}`
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function write(path: string, imports: readonly string[]): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, imports.map((module, index) => `import { name as name${index} } from '${module}'\n`).join(''))
}
