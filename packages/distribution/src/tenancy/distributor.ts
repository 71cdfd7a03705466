import { randomUUID } from 'node:crypto'
import type { CentralDatabase } from '../database/open-central.ts'
import { locking } from '../database/sql.ts'
import { ApplicationError } from '../errors.ts'

export interface Distributor {
  readonly id: string
  readonly name: string
}

const defaultName = 'Distribuidora principal'

/** The distributor with this id; without one the default, which is the first that was created. */
export async function findDistributor(central: CentralDatabase, id?: string): Promise<Distributor> {
  const distributor = await selectDistributor(central, id)
  if (!distributor) throw new UnknownDistributorError(id)
  return distributor
}

/** Creates the default distributor when there is none, and answers its id; safe to run again and by two processes at once. */
export async function ensureDefaultDistributor(central: CentralDatabase): Promise<string> {
  return central.transaction().execute(async (trx) => {
    // A row that is always there: whoever comes at the same time waits, and then finds the other's.
    await trx.selectFrom('usr_profiles').select('id').where('id', '=', 1).$call(locking(trx)).execute()
    const existing = await selectDistributor(trx)
    if (existing) return existing.id
    const id = randomUUID()
    await trx.insertInto('tenants').values({ id, kind: 'distributor', name: defaultName }).execute()
    return id
  })
}

export class UnknownDistributorError extends ApplicationError {
  readonly code = 'UNKNOWN_DISTRIBUTOR'

  constructor(id: string | undefined) {
    super(id === undefined ? noDistributor : unknownDistributor(id))
  }
}

function selectDistributor(central: CentralDatabase, id?: string): Promise<Distributor | undefined> {
  return central
    .selectFrom('tenants')
    .select(['id', 'name'])
    .where('kind', '=', 'distributor')
    .$if(id !== undefined, (query) => query.where('id', '=', id ?? ''))
    .orderBy('created_at')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst()
}

const noDistributor = {
  es: 'Todavía no hay ninguna distribuidora. Ejecute «./surtidor migrate», que crea la principal.',
  en: 'There is no distributor yet. Run "./surtidor migrate", which creates the default one.',
}

function unknownDistributor(id: string) {
  const shown = JSON.stringify(id.slice(0, 64))
  return {
    es: `No existe la distribuidora ${shown}. Revise el identificador, u omítalo para usar la principal.`,
    en: `There is no distributor ${shown}. Check the id, or leave it out to use the default one.`,
  }
}
