import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { StoreHosting } from './store-hosting.ts'

/** A file for each store; the first query makes it. */
export function sqliteHosting(folder: string): StoreHosting {
  const pathOf = ({ name }: { readonly name: string }) => join(folder, `${name}.sqlite`)
  return {
    addressOf: (store) => ({ driver: 'sqlite', path: pathOf(store) }),
    labelOf: pathOf,
    exists: async (store) => existsSync(pathOf(store)),
    make: async () => void (await mkdir(folder, { recursive: true, mode: 0o700 })),
  }
}
