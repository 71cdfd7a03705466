import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { ScenarioContext, Verdict } from './harness/scenario.ts'

/** What is put in the place of the real thing, in a process of its own, before the queue is loaded. */
const replacements = {
  unsafe_version: `Object.defineProperty(process, 'versions', { value: { ...process.versions, sqlite: '3.51.2' } })`,
  network_filesystem: `
    import fs from 'node:fs'
    import { syncBuiltinESMExports } from 'node:module'
    const { statfsSync } = fs
    fs.statfsSync = (path) => ({ ...statfsSync(path), type: 0x6969 })
    syncBuiltinESMExports()`,
} as const

/** A SQLite that can corrupt the file, and a disk of another machine: neither is touched. */
export async function refusals({ source, folder }: ScenarioContext): Promise<Verdict> {
  const violations = Object.entries(replacements).flatMap(([problem, replacement]) => {
    const path = join(folder, `${problem}.sqlite`)
    const told = openWith(replacement, { source, path })
    return [
      ...(told === problem ? [] : [`Where it should refuse (${problem}), it answered: ${told}`]),
      ...(existsSync(path) ? [`It refused (${problem}), and had made the file already.`] : []),
    ]
  })
  return { figures: { refusals: Object.keys(replacements).length - violations.length }, faults: 2, violations }
}

function openWith(replacement: string, { source, path }: { readonly source: string; readonly path: string }): string {
  const program = `
    ${replacement}
    const { sqlite } = await import(${JSON.stringify(pathToFileURL(join(source, 'connections/sqlite.ts')).href)})
    try {
      await sqlite(${JSON.stringify(path)})[Symbol.asyncDispose]()
      console.log('opened')
    } catch (error) {
      console.log(error.problem ?? error)
    }`
  const words = ['--input-type=module', '-e', program]
  return spawnSync(process.execPath, words, { encoding: 'utf8', timeout: 60_000 }).stdout.trim()
}
