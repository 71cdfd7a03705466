import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CentralDatabase, openCentral } from '../../src/database/open-central.ts'
import { migrateCentral } from '../../src/migrations/migrate.ts'
import { ensureDefaultDistributor } from '../../src/tenancy/distributor.ts'

/** A migrated central database in a folder of its own, for tests; disposing of it removes both. */
export interface TemporaryCatalog extends AsyncDisposable {
  readonly central: CentralDatabase
  readonly distributorId: string
  readonly folder: string
  /** Every statement since the catalogue was opened. */
  readonly statements: string[]
}

export async function openTemporaryCatalog(): Promise<TemporaryCatalog> {
  const folder = await mkdtemp(join(tmpdir(), 'surtidor-catalog-'))
  const statements: string[] = []
  const central = await openCentral(
    { driver: 'sqlite', path: join(folder, 'central.sqlite') },
    { log: (event) => void statements.push(event.query.sql) },
  )
  await migrateCentral(central)
  const distributorId = await ensureDefaultDistributor(central)
  statements.length = 0
  return {
    central,
    distributorId,
    folder,
    statements,
    async [Symbol.asyncDispose]() {
      await central.destroy()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
