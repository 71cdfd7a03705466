import { globSync, readFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../../../..')

/** A test that a document names: its file, and words of its title as they stand there. */
export interface NamedTest {
  readonly file: string
  readonly title: string
}

export function readDocument(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

/** Those that are not there. */
export function missingTests(named: readonly NamedTest[]): readonly NamedTest[] {
  const paths = globSync('packages/{queue,distribution}/{src,test}/**/*.test.ts', { cwd: root })
  const files = new Map(paths.map((path) => [basename(path), path]))
  return named.filter(({ file, title }) => {
    const path = files.get(file)
    return path === undefined || !readDocument(path).includes(title)
  })
}
