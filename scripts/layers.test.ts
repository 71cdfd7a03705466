import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { test } from 'node:test'

const root = resolve(import.meta.dirname, '..')

/** What each room must not import. The rules are overrides of one option, so a later one could silently replace another. */
const forbidden = [
  ['packages/queue/src/queue.ts', './connections/sqlite.ts'],
  ['packages/queue/src/worker.ts', './drivers/driver.ts'],
  ['packages/queue/src/worker.ts', './commands/index.ts'],
  ['packages/queue/src/worker.ts', '@surtidor/distribution'],
  ['packages/queue/src/attempt.ts', 'kysely'],
  ['packages/queue/src/backoff.ts', './job.ts'],
  ['packages/queue/src/errors.ts', './connection.ts'],
  ['packages/queue/src/connections/sqlite.ts', '../queue.ts'],
  ['packages/queue/src/connections/sql/claim.ts', '../../drivers/sqlite.ts'],
  ['packages/queue/src/connections/sql/claim.ts', '../../laravel/payload.ts'],
  ['packages/queue/src/drivers/sqlite.ts', '../connections/sqlite.ts'],
  ['packages/queue/src/commands/queue-work.ts', '../connections/sqlite.ts'],
  ['packages/queue/src/commands/queue-work.ts', '../../../distribution/src/app.ts'],
  ['packages/queue/src/laravel/payload.ts', '../queue.ts'],
  ['packages/distribution/src/app.ts', '../../queue/src/queue.ts'],
] as const

for (const [file, module] of forbidden) {
  test(`${file} may not import ${module}`, () => {
    assert.equal(isAllowed(file, module), false)
  })
}

test('a room may import what it builds on', () => {
  assert.equal(isAllowed('packages/queue/src/worker.ts', './attempt.ts'), true)
  assert.equal(isAllowed('packages/queue/src/connections/sqlite.ts', '../drivers/sqlite.ts'), true)
  assert.equal(isAllowed('packages/distribution/src/app.ts', '@surtidor/queue'), true)
})

/** With one rule alone, the exit code of a lint from standard input says whether that rule fired. */
function isAllowed(file: string, module: string): boolean {
  const biome = resolve(root, 'node_modules/.bin/biome')
  const words = ['lint', '--only=style/noRestrictedImports', `--stdin-file-path=${file}`]
  const input = `import { name } from '${module}'\n\nexport const value = name\n`
  const { status } = spawnSync(biome, words, { cwd: root, input, timeout: 30_000 })
  assert.ok(status === 0 || status === 1, `biome ended with ${status}`)
  return status === 0
}
