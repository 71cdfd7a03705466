import type { Kysely } from 'kysely'
import type { CentralTables } from '../database/central-tables.ts'
import { ApplicationError } from '../errors.ts'
import type { Text } from '../i18n/locale.ts'
import type { Choice } from './company-kinds.ts'

/** What the form offers from tables. */
export interface CompanyChoices {
  /** Of the distributor; may be none. */
  readonly routes: readonly Choice[]
  readonly positions: readonly Choice[]
}

/** By name. */
export async function listChoices(db: Kysely<CentralTables>, distributorId: string): Promise<CompanyChoices> {
  const routes = await db
    .selectFrom('tat_routes')
    .select(['id', 'name'])
    .where('tenant_id', '=', distributorId)
    .orderBy('name')
    .execute()
  const positions = await db
    .selectFrom('cnf_positions')
    .select(['id', 'name'])
    .where('status', '=', 1)
    .orderBy('id')
    .execute()
  return { routes: routes.map(choiceOf), positions: positions.map(choiceOf) }
}

/** What people have named has one name in every language. */
function choiceOf({ id, name }: { readonly id: number; readonly name: string }): Choice {
  return { id, text: { es: name, en: name } }
}

/** A route or a position was chosen that is not, or no longer, there. */
export class UnknownChoiceError extends ApplicationError {
  readonly code = 'UNKNOWN_CHOICE'
  readonly field: 'route' | 'position'

  constructor(field: 'route' | 'position', id: number) {
    super(field === 'route' ? noRoute(id) : noPosition(id))
    this.field = field
  }
}

interface Chosen {
  readonly distributorId: string
  readonly routeId: number | null
  readonly positionId: number
}

/** Throws `UnknownChoiceError`: a route of another distributor is none. */
export async function refuseUnknownChoices(db: Kysely<CentralTables>, chosen: Chosen): Promise<void> {
  const { routeId, positionId, distributorId } = chosen
  const position = await db.selectFrom('cnf_positions').select('id').where('id', '=', positionId).executeTakeFirst()
  if (!position) throw new UnknownChoiceError('position', positionId)
  if (routeId === null) return
  const route = await db
    .selectFrom('tat_routes')
    .select('id')
    .where('id', '=', routeId)
    .where('tenant_id', '=', distributorId)
    .executeTakeFirst()
  if (!route) throw new UnknownChoiceError('route', routeId)
}

function noRoute(id: number): Text {
  return {
    es: `La ruta ${id} no existe: elija una de la lista o deje el campo vacío.`,
    en: `There is no route ${id}: choose one of the list or leave the field empty.`,
  }
}

function noPosition(id: number): Text {
  return {
    es: `El cargo ${id} no existe: elija uno de la lista.`,
    en: `There is no position ${id}: choose one of the list.`,
  }
}
