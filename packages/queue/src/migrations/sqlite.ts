import type { SchemaStep } from './schema-step.ts'

/** Laravel's tables on SQLite, column for column, and our own indexes and side tables. Each step is safe to run again. */
export const sqliteSchema: readonly SchemaStep[] = [
  `create table if not exists jobs (
    id integer primary key autoincrement not null,
    queue varchar not null,
    payload text not null,
    attempts integer not null,
    reserved_at integer,
    available_at integer not null,
    created_at integer not null
  )`,
  'create index if not exists jobs_queue_index on jobs (queue)',
  // Ready and expired jobs are asked for separately, so that an index answers each however many jobs wait.
  `create index if not exists jobs_ready_index on jobs (queue, available_at, id) where reserved_at is null`,
  `create index if not exists jobs_reserved_index on jobs (queue, reserved_at, id) where reserved_at is not null`,
  `create table if not exists failed_jobs (
    id integer primary key autoincrement not null,
    uuid varchar not null,
    connection text not null,
    queue text not null,
    payload text not null,
    exception text not null,
    failed_at datetime default current_timestamp not null
  )`,
  'create unique index if not exists failed_jobs_uuid_unique on failed_jobs (uuid)',
  `create table if not exists job_batches (
    id varchar primary key not null,
    name varchar not null,
    total_jobs integer not null,
    pending_jobs integer not null,
    failed_jobs integer not null,
    failed_job_ids text not null,
    options text,
    cancelled_at integer,
    created_at integer not null,
    finished_at integer
  )`,
  `create table if not exists cache (
    key varchar primary key not null,
    value text not null,
    expiration integer not null
  )`,
  `create table if not exists cache_locks (
    key varchar primary key not null,
    owner varchar not null,
    expiration integer not null
  )`,
  `create table if not exists queue_expired (
    job_id integer primary key not null,
    times integer not null
  )`,
  `create table if not exists queue_crashes (
    job_id integer primary key not null,
    times integer not null
  )`,
  `create table if not exists queue_slots (
    name varchar not null,
    slot integer not null,
    owner varchar not null,
    expires_at integer not null,
    primary key (name, slot)
  )`,
]

/** Their names. */
export const sqliteTables: readonly string[] = sqliteSchema.flatMap((step) => {
  const name = typeof step === 'string' ? /^create table if not exists (\w+)/.exec(step)?.[1] : undefined
  return name === undefined ? [] : [name]
})
