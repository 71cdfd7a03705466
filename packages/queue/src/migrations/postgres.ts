import type { SchemaStep } from './schema-step.ts'

/**
 * Laravel's tables on PostgreSQL and our own indexes and side tables. Each step is safe to run again. Times are bigint in
 * tables of ours: Laravel's integer ends in January 2038. Rows come and go, so vacuum looks by their number, not by the
 * share of a table that is large only for a while.
 */
export const postgresSchema: readonly SchemaStep[] = [
  {
    unlessFound: `select 1 as found from pg_class where oid = to_regclass('jobs')`,
    run: `create table if not exists jobs (
      id bigserial primary key,
      queue varchar(255) not null,
      payload text not null,
      attempts smallint not null,
      reserved_at bigint,
      available_at bigint not null,
      created_at bigint not null
    ) with (
      autovacuum_vacuum_scale_factor = 0,
      autovacuum_vacuum_threshold = 1000,
      autovacuum_vacuum_cost_delay = 0,
      autovacuum_analyze_scale_factor = 0.2
    )`,
  },
  'create index if not exists jobs_queue_index on jobs (queue)',
  // Ready and expired jobs are asked for separately, so that an index answers each however many jobs wait.
  'create index if not exists jobs_ready_index on jobs (queue, available_at, id) where reserved_at is null',
  'create index if not exists jobs_reserved_index on jobs (queue, reserved_at, id) where reserved_at is not null',
  `create table if not exists failed_jobs (
    id bigserial primary key,
    uuid varchar(255) not null constraint failed_jobs_uuid_unique unique,
    connection text not null,
    queue text not null,
    payload text not null,
    exception text not null,
    failed_at timestamp(0) without time zone not null default current_timestamp
  )`,
  `create table if not exists job_batches (
    id varchar(255) primary key,
    name varchar(255) not null,
    total_jobs integer not null,
    pending_jobs integer not null,
    failed_jobs integer not null,
    failed_job_ids text not null,
    options text,
    cancelled_at bigint,
    created_at bigint not null,
    finished_at bigint
  )`,
  `create table if not exists cache (
    key varchar(255) primary key,
    value text not null,
    expiration bigint not null
  )`,
  `create table if not exists cache_locks (
    key varchar(255) primary key,
    owner varchar(255) not null,
    expiration bigint not null
  )`,
  `create table if not exists queue_expired (
    job_id bigint primary key,
    times integer not null
  )`,
  `create table if not exists queue_crashes (
    job_id bigint primary key,
    times integer not null
  )`,
  `create table if not exists queue_slots (
    name varchar(191) not null,
    slot integer not null,
    owner varchar(255) not null,
    expires_at bigint not null,
    primary key (name, slot)
  )`,
]
