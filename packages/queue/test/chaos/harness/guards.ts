import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { linkCompiled } from './compiled-sources.ts'
import type { DriverName, Size } from './scenario.ts'

/**
 * Something in the queue that keeps a promise, as the change to its source that takes it out. A copy of the source with
 * that change is run against the same scenario, which must notice.
 */
export interface Guard {
  /** What it is: `fence of complete`. */
  readonly name: string
  readonly changes: readonly Change[]
  /**
   * Where it can be seen that it is missing: `npm test` looks on the first that is reachable, `npm run chaos -- --guards` on
   * all. Default: on every database of the scenario.
   */
  readonly drivers?: readonly DriverName[]
  /** Where the short form has parts that cannot notice it, or more of everything than it takes. */
  readonly size?: Size
  /** What a violation says that shows it. Default: anything but that too little was done to the queue. */
  readonly noticedBy?: RegExp
}

export interface Change {
  /** Below `src`. */
  readonly file: string
  /** Stands in the file exactly once, so that a guard that was rewritten cannot be missed in silence. */
  readonly find: string
  readonly replace: string
}

/** Of a run in which faults were missing. */
export const noFault = 'No fault happened, so nothing was proved.'

const ofTheHarness = [noFault, 'Only ', 'Nobody felt ']

/** Whether a run without the guard failed for the lack of it, and not because the run itself did not come about. */
export function isNoticed({ noticedBy }: Guard, violations: readonly string[]): boolean {
  return violations.some((violation) =>
    noticedBy ? noticedBy.test(violation) : !ofTheHarness.some((beginning) => violation.startsWith(beginning)),
  )
}

const queueFolder = resolve(import.meta.dirname, '../../..')

/** The queue's own `src`. */
export const ownSource = join(queueFolder, 'src')

/** A copy of a package's `src` without the guard, gone when disposed. */
export function sourceWithout(guard: Guard, packageFolder = queueFolder): Disposable & { readonly path: string } {
  const folder = mkdtempSync(join(tmpdir(), 'surtidor-without-'))
  const path = join(folder, 'src')
  cpSync(join(packageFolder, 'src'), path, { recursive: true })
  cpSync(join(packageFolder, 'package.json'), join(folder, 'package.json'))
  // The database clients are found as from the place of the original.
  symlinkSync(resolve(packageFolder, '../../node_modules'), join(folder, 'node_modules'))
  linkCompiled(folder, packageFolder)
  for (const change of guard.changes) apply(path, change)
  return { path, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) }
}

function apply(source: string, { file, find, replace }: Change): void {
  const path = join(source, file)
  const text = readFileSync(path, 'utf8')
  const places = text.split(find).length - 1
  if (places !== 1) throw new Error(`The guard stands ${places} times in ${file}, not once: ${find}`)
  writeFileSync(
    path,
    text.replace(find, () => replace),
  )
}
