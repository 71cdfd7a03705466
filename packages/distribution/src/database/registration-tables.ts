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

/**
 * `pending` and `sending` are to be sent; `sent` is out; `dead` was given up, and waits for somebody; `obsolete` had nothing
 * to say any more.
 */
export const messageStates = ['pending', 'sending', 'sent', 'dead', 'obsolete'] as const
export type MessageState = (typeof messageStates)[number]

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
  state: Generated<MessageState>
  /** Tries that began. */
  attempts: Generated<number>
  /** When it is to be sent; now, for a new one. */
  next_attempt_at: Generated<string>
  sent_at: string | null
  /** Why the last try failed, without the recipient. */
  error: string | null
  /** Names the claim of the sender that holds the message; null while nobody does. */
  lease_owner: Generated<string | null>
  /** Until then nobody else sends it. */
  lease_until: Generated<string | null>
  /** When somebody read it on our page. */
  read_at: Generated<string | null>
  created_at: Generated<string>
  updated_at: Generated<string>
}
