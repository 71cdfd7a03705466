/** As Laravel's own migrations make it. */
export const laravelMysqlJobs = (attempts = 'tinyint(3)', ownKey?: string) => `
  create table jobs (
    id bigint(20) unsigned not null auto_increment,
    queue varchar(255) not null,
    payload longtext not null,
    attempts ${attempts} unsigned not null,
    reserved_at int(10) unsigned default null,
    available_at int(10) unsigned not null,
    created_at int(10) unsigned not null,
    primary key (id),
    key jobs_queue_index (queue)${ownKey ? `, ${ownKey}` : ''}
  ) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_unicode_ci`

/** As Laravel's own migrations make it. */
export const laravelMysqlFailedJobs = `
  create table failed_jobs (
    id bigint(20) unsigned not null auto_increment,
    uuid varchar(255) not null,
    connection text not null,
    queue text not null,
    payload longtext not null,
    exception longtext not null,
    failed_at timestamp not null default current_timestamp,
    primary key (id),
    unique key failed_jobs_uuid_unique (uuid)
  ) engine=InnoDB default charset=utf8mb4 collate=utf8mb4_unicode_ci`

/** The statements of Laravel's own migrations. */
export const laravelPostgresTables = [
  `create table jobs (
    id bigserial primary key,
    queue varchar(255) not null,
    payload text not null,
    attempts smallint not null,
    reserved_at integer,
    available_at integer not null,
    created_at integer not null
  )`,
  'create index jobs_queue_index on jobs (queue)',
  `create table failed_jobs (
    id bigserial primary key,
    uuid varchar(255) not null,
    connection text not null,
    queue text not null,
    payload text not null,
    exception text not null,
    failed_at timestamp(0) without time zone not null default current_timestamp,
    constraint failed_jobs_uuid_unique unique (uuid)
  )`,
]
