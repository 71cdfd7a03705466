import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { test } from 'node:test'

const root = resolve(import.meta.dirname, '../../../..')

test('every defect of the original is kept out by a test that exists, or said not to be yet', () => {
  const text = readFileSync(join(root, 'docs/decisions/original-defects.md'), 'utf8')
  const rows = [...text.matchAll(/^\| (\d+) \| [^|]+ \| (?:`([^`]+)` · ([^|]+)|(not yet): [^|]+) \|$/gm)]
  const files = new Map(
    globSync('packages/distribution/{src,test}/**/*.test.ts', { cwd: root }).map((path) => [basename(path), path]),
  )

  const numbers = rows.map(([, number]) => Number(number))
  const missing = rows.flatMap(([, number, file, title]) => {
    if (file === undefined || title === undefined) return []
    const path = files.get(file)
    const isThere = path !== undefined && readFileSync(join(root, path), 'utf8').includes(title.trim())
    return isThere ? [] : [`${number}: ${file} · ${title}`]
  })

  assert.deepEqual(
    numbers,
    Array.from({ length: 28 }, (_, index) => index + 1),
  )
  assert.deepEqual(missing, [])
})
