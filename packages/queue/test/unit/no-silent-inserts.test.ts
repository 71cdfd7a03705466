import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'

const packages = resolve(import.meta.dirname, '../../..')

/** What turns an error into a warning, gives ids out again, or both. */
const refused = /insert\s+ignore|or\s+ignore\s+into|\btruncate\s+(table\s+)?(jobs|failed_jobs)|\.(ignore|orIgnore)\(\)/i

test('no statement hides what it could not store, or lets ids come again', () => {
  const files = globSync('*/src/**/*.ts', { cwd: packages }).filter((file) => !file.endsWith('.test.ts'))

  const found = files.filter((file) => refused.test(readFileSync(join(packages, file), 'utf8')))

  assert.ok(files.length > 200)
  assert.deepEqual(found, [])
})
