import type { Generated } from 'kysely'

/** What registering a client writes beside its company. Moments are UTC texts `YYYY-MM-DD HH:MM:SS`. */
export interface RegistrationTables {
  cnf_positions: { id: Generated<number>; name: string; status: Generated<number> }
  tat_routes: RoutesTable
  tat_companies_routes: { id: Generated<number>; company_id: number; route_id: number; sales_order: number }
  user_activations: ActivationsTable
  notification_outbox: OutboxTable
}

/** A round of the distributor `tenant_id`, on which a seller visits clients. */
export interface RoutesTable {
  id: Generated<number>
  tenant_id: string
  name: string
  zone_id: number | null
  salesman_id: number | null
  sale_day: string | null
  delivery_day: string | null
}

/** A link with which a user sets a password, once. */
export interface ActivationsTable {
  id: Generated<number>
  /** SHA-256 of the token in hex; the token itself is nowhere. */
  token_hash: string
  user_id: number
  expires_at: string
  /** Null while the link is of use. */
  used_at: string | null
}

/** A message that somebody is to get, written with what it tells of. Unique: (kind, channel, dedupe_key). */
export interface OutboxTable {
  id: Generated<number>
  run_id: number | null
  company_id: number | null
  channel: string
  kind: string
  recipient: string
  /** JSON with ids only: never a token, never a password. */
  payload: string
  dedupe_key: string
  state: Generated<string>
  attempts: Generated<number>
  /** When it is to be sent; now, for a new one. */
  next_attempt_at: Generated<string>
  sent_at: string | null
  error: string | null
  created_at: Generated<string>
  updated_at: Generated<string>
}
