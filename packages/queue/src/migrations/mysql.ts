import type { SchemaStep } from './schema-step.ts'

/** The index that answers "ready" and "expired", ours first; an adopted table may have one under another name. */
export const findReadyIndex = `
  select index_name as name
  from information_schema.statistics
  where table_schema = database() and table_name = 'jobs'
  group by index_name
  having group_concat(column_name order by seq_in_index) like 'queue,reserved\\_at,available\\_at%'
  order by index_name = 'jobs_ready_index' desc
  limit 1`

/**
 * Laravel's tables on MariaDB and MySQL, to the letter, and our own index and side tables. Each statement is safe to run
 * again. The index on `queue` stays beside the composite one, which Laravel's own query must not be left alone with.
 */
export const mysqlSchema: readonly SchemaStep[] = [
  `create table if not exists jobs (
    id bigint(20) unsigned not null auto_increment,
    queue varchar(255) not null,
    payload longtext not null,
    attempts tinyint(3) unsigned not null,
    reserved_at int(10) unsigned default null,
    available_at int(10) unsigned not null,
    created_at int(10) unsigned not null,
    primary key (id),
    key jobs_queue_index (queue)
  ) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_unicode_ci`,
  {
    unlessFound: findReadyIndex,
    run: 'alter table jobs add index jobs_ready_index (queue, reserved_at, available_at)',
  },
  `create table if not exists failed_jobs (
    id bigint(20) unsigned not null auto_increment,
    uuid varchar(255) not null,
    connection text not null,
    queue text not null,
    payload longtext not null,
    exception longtext not null,
    failed_at timestamp not null default current_timestamp,
    primary key (id),
    unique key failed_jobs_uuid_unique (uuid)
  ) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_unicode_ci`,
  `create table if not exists job_batches (
    id varchar(255) not null,
    name varchar(255) not null,
    total_jobs int(11) not null,
    pending_jobs int(11) not null,
    failed_jobs int(11) not null,
    failed_job_ids longtext not null,
    options mediumtext default null,
    cancelled_at int(11) default null,
    created_at int(11) not null,
    finished_at int(11) default null,
    primary key (id)
  ) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_unicode_ci`,
  `create table if not exists cache (
    \`key\` varchar(255) not null,
    value mediumtext not null,
    expiration bigint(20) not null,
    primary key (\`key\`)
  ) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_unicode_ci`,
  `create table if not exists cache_locks (
    \`key\` varchar(255) not null,
    owner varchar(255) not null,
    expiration bigint(20) not null,
    primary key (\`key\`)
  ) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_unicode_ci`,
  `create table if not exists queue_expired (
    job_id bigint(20) unsigned not null,
    times int unsigned not null,
    primary key (job_id)
  ) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_unicode_ci`,
  `create table if not exists queue_crashes (
    job_id bigint(20) unsigned not null,
    times int unsigned not null,
    primary key (job_id)
  ) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_unicode_ci`,
  // By bytes: names that differ in a capital or an accent are two.
  `create table if not exists queue_slots (
    name varchar(191) not null,
    slot int not null,
    owner varchar(255) not null,
    expires_at bigint(20) not null,
    primary key (name, slot)
  ) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_bin`,
]
