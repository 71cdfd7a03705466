import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Kysely } from 'kysely'
import type { CentralTables } from './central-tables.ts'
import { type DatabaseAddress, type OpenOptions, openDatabase } from './open-database.ts'
import { reachServer } from './reach-server.ts'

export type CentralDatabase = Kysely<CentralTables>

/** Opens the central database, making a file and its folder when they are missing; one of a server has to be there. */
export async function openCentral(address: DatabaseAddress, options: OpenOptions = {}): Promise<CentralDatabase> {
  if (address.driver === 'sqlite') await mkdir(dirname(address.path), { recursive: true, mode: 0o700 })
  const central = await openDatabase<CentralTables>(address, options)
  try {
    if (address.driver !== 'sqlite') await reachServer(central, address)
    return central
  } catch (error) {
    await central.destroy()
    throw error
  }
}
