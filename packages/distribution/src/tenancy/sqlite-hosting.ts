import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { StoreHosting } from './store-hosting.ts'

/** A file for each store; the first query makes it. */
export function sqliteHosting(folder: string): StoreHosting {
  const pathOf = ({ name }: { readonly name: string }) => join(folder, `${name}.sqlite`)
  return {
    addressOf: (place) => ({ driver: 'sqlite', path: pathOf(place) }),
    labelOf: pathOf,
    exists: async (place) => existsSync(pathOf(place)),
    make: async () => void (await mkdir(folder, { recursive: true, mode: 0o700 })),
  }
}
