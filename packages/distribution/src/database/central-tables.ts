import type { Generated } from 'kysely'
import type { RegistrationTables } from './registration-tables.ts'
import type { SyncTables } from './sync-tables.ts'

export { type BatchState, batchStates } from './sync-tables.ts'

/**
 * The tables of the central database, with the names and columns of the original application where it has them.
 * Money is in Colombian pesos; moments are UTC texts `YYYY-MM-DD HH:MM:SS`; flags are 0 or 1.
 */
export interface CentralTables extends RegistrationTables, SyncTables {
  tenants: TenantsTable
  user_tenants: UserTenantsTable
  users: UsersTable
  usr_profiles: { id: Generated<number>; name: string; status: Generated<number> }
  cnf_type_identifications: { id: Generated<number>; name: string; acronym: string; status: Generated<number> }
  cnf_taxes: { id: Generated<number>; name: string; percentage: number; status: Generated<number> } & Timestamps
  vnt_companies: CompaniesTable
  vnt_warehouses: WarehousesTable
  vnt_contacts: ContactsTable
  inv_categories: { id: Generated<number>; tenant_id: string; name: string; status: Generated<number> } & SoftDeletes
  inv_item_brand: { id: Generated<number>; tenant_id: string; name: string; status: Generated<number> } & SoftDeletes
  inv_unit_measurements: {
    id: Generated<number>
    tenant_id: string
    description: string
    status: Generated<number>
  } & SoftDeletes
  inv_items: ItemsTable
  inv_values: ValuesTable
  inv_image_gallery: ImagesTable
  copy_runs: CopyRunsTable
}

interface Timestamps {
  created_at: Generated<string>
  updated_at: Generated<string>
}

interface SoftDeletes extends Timestamps {
  deleted_at: Generated<string | null>
}

/** A distributor, or a store with a database of its own. */
export interface TenantsTable extends Timestamps {
  /** UUID. */
  id: string
  /** Null of one that the original application has written, and that is neither for us. */
  kind: 'distributor' | 'store' | null
  name: string
  email: string | null
  /** The company that a store's tenant belongs to. */
  company_id: number | null
  /** Under SQLite the file's name without its folder and ending. Null for a store in the database that stores share. */
  db_name: string | null
  db_host: string | null
  db_port: number | null
  /** Who uses a store's database; null: the user of the central one. */
  db_user: Generated<string | null>
  /** Sealed with APP_KEY. */
  db_password: Generated<string | null>
  /** Of a distributor: price strategy and policies, as JSON; null for the standard ones. */
  copy_rules: Generated<string | null>
  is_active: Generated<number>
  /** 1 when every migration of the tenant's database succeeded. */
  database_setup: Generated<number>
  /** How many migrations of a store's database have run; null while that is not known. */
  schema_version: number | null
  /**
   * Of a tenant of the original application: where its stores, or this store, have their products: in the central database, or
   * each in its own. Null of ours.
   */
  original_layout: Generated<'central' | 'own' | null>
}

export interface UserTenantsTable extends Timestamps {
  id: Generated<number>
  user_id: number
  tenant_id: string
  role: string | null
  is_active: Generated<number>
  last_accessed_at: string | null
}

export interface UsersTable extends Timestamps {
  id: Generated<number>
  name: string
  email: string
  /** Null until the person sets one; among the users of the original application, which asks for one, empty. */
  password: string | null
  phone: string | null
  profile_id: number
  contact_id: number | null
}

/** A client or supplier of the distributor `tenant_id`. Unique: (tenant_id, identification), (tenant_id, billingEmail). */
export interface CompaniesTable extends SoftDeletes {
  id: Generated<number>
  tenant_id: string
  /** Trade name. */
  businessName: string
  firstName: string | null
  /** The second given name: the original application has the names of these two columns crossed. */
  lastName: string | null
  /** The first surname. */
  secondName: string | null
  secondLastName: string | null
  billingEmail: string | null
  typeIdentificationId: number
  identification: string
  verification_digit: number | null
  /** CLIENTE or PROVEEDOR. */
  type: string
  /** LEGAL_ENTITY with a NIT, also of a natural person, else PERSON_ENTITY. */
  typePerson: string
  code_ciiu: string | null
  regimeId: number | null
  fiscalResponsabilityId: number | null
  status: Generated<number>
}

export interface WarehousesTable extends SoftDeletes {
  id: Generated<number>
  companyId: number
  name: string
  address: string | null
  city: string | null
  district: string | null
  postcode: string | null
  main: Generated<number>
  status: Generated<number>
}

export interface ContactsTable extends SoftDeletes {
  id: Generated<number>
  warehouseId: number
  firstName: string
  lastName: string | null
  email: string | null
  phone_contact: string | null
  /** Since when messages may go to the phone; null: they may not. */
  messages_accepted_at: Generated<string | null>
  positionId: Generated<number>
  status: Generated<number>
}

/** A product of the distributor `tenant_id`. Unique: (tenant_id, sku). Active: status 1 and not deleted. */
export interface ItemsTable extends SoftDeletes {
  id: Generated<number>
  tenant_id: string
  categoryId: number | null
  name: string
  internal_code: string | null
  sku: string
  description: string | null
  /** COMBO, COMPRA NACIONAL, IMPORTADO or PRODUCIDO. */
  type: Generated<string>
  taxId: number | null
  brandId: number | null
  consumption_unit: number | null
  inventoriable: Generated<number>
  status: Generated<number>
  generic: Generated<number>
}

/** One price or cost of a product; the history stays, the latest by (date, updated_at, id) counts. */
export interface ValuesTable extends SoftDeletes {
  id: Generated<number>
  date: Generated<string>
  /** Pesos. */
  values: number
  type: 'costo' | 'precio'
  itemId: number
  /** Null for all warehouses. */
  warehouseId: number | null
  label: 'Costo Inicial' | 'Costo' | 'Precio Base' | 'Precio Regular' | 'Precio Crédito'
}

export interface ImagesTable extends SoftDeletes {
  id: Generated<number>
  itemId: number
  img_path: string
  type: 'PRINCIPAL' | 'GALERIA'
}

/** How a copy stands; `copy/runs/run-state.ts` has the legal moves. */
export type RunState = (typeof runStates)[number]

export const runStates = [
  'pending',
  'running',
  'paused',
  'completed',
  'completed_with_errors',
  'failed',
  'cancelled',
] as const

/** One copy of the catalogue into one store. The counts mirror the receipt in the store's database. */
export interface CopyRunsTable extends Timestamps {
  id: Generated<number>
  company_id: number
  /** The distributor whose products are copied. */
  tenant_id: string
  /** The store whose database receives them. */
  store_tenant_id: string
  /** The job that carries the run; a redelivery of it finds the run again. */
  job_uuid: string
  state: Generated<RunState>
  /** Grows at each start; a writer with a smaller one is refused in the store's database. */
  epoch: Generated<number>
  /** Attempts that threw since the run was started or retried; killed ones do not count. */
  exceptions: Generated<number>
  /** Active products of the distributor when the run first started; null before. */
  total: number | null
  copied: Generated<number>
  updated: Generated<number>
  unchanged: Generated<number>
  skipped: Generated<number>
  errors: Generated<number>
  /** Why the last attempt ended, when it failed. */
  error: string | null
  /** Generated: the company while the run is pending, running or paused. Unique, so a store has one active run. */
  active_company_id: Generated<number | null>
  started_at: string | null
  finished_at: string | null
}
