/** Tables as an old or careless installation has them, for the looks at what stands in the way. */
export const dirtyTables: Readonly<Record<string, readonly string[]>> = {
  sqlite: [
    `create table jobs (
      id integer primary key autoincrement not null,
      queue varchar not null,
      payload text not null,
      attempts integer not null,
      reserved_at integer,
      available_at integer not null,
      created_at integer not null,
      host varchar not null
    )`,
    `create table failed_jobs (
      id integer primary key autoincrement not null,
      uuid varchar not null,
      connection text not null,
      queue text not null,
      payload text not null,
      failed_at datetime
    )`,
    'create table cache (key varchar primary key not null, value text not null, expiration integer not null)',
  ],
  mariadb: [
    `create table jobs (
      id bigint unsigned not null auto_increment primary key,
      queue varchar(255) not null,
      payload mediumtext not null,
      attempts tinyint(3) unsigned not null,
      reserved_at int unsigned default null,
      available_at int not null,
      created_at int unsigned not null,
      host varchar(64) not null
    ) engine=MyISAM default charset=latin1`,
    `create table failed_jobs (
      id bigint unsigned not null auto_increment primary key,
      uuid varchar(255) not null,
      connection text not null,
      queue text not null,
      payload longtext not null,
      failed_at timestamp not null default current_timestamp
    ) engine=InnoDB default charset=utf8mb4`,
    'create table cache (`key` varchar(255) not null primary key, value mediumtext not null, expiration int not null)',
  ],
  postgres: [
    `create table jobs (
      id bigserial primary key,
      queue varchar(255) not null,
      payload text not null,
      attempts smallint not null,
      reserved_at integer,
      available_at integer not null,
      created_at integer not null,
      host varchar(64) not null
    )`,
    `create table failed_jobs (
      id bigserial primary key,
      uuid varchar(255) not null,
      connection text not null,
      queue text not null,
      payload text not null,
      failed_at timestamp(0) without time zone not null default current_timestamp
    )`,
    'create table cache (key varchar(255) primary key, value text not null, expiration integer not null)',
  ],
}

/** Part of every payload and exception that a test plants: it must not come out again. */
export const secret = 'Rosa Secreta rosa@example.co'

const handler = 'Illuminate\\Queue\\CallQueuedHandler@call'

export interface PlantedJob {
  readonly className: string
  readonly timeout?: number
  readonly command?: string
  /** Keys that a later version has. */
  readonly extra?: Readonly<Record<string, unknown>>
}

/** A class job's payload as Laravel writes it, with a person's name in all that a person may fill. */
export function classPayload({ className, timeout, command, extra }: PlantedJob): string {
  const object = `O:${className.length}:"${className}":1:{s:4:"name";s:${secret.length}:"${secret}";}`
  return JSON.stringify({
    uuid: '5f0a1c1e-0000-4000-8000-000000000000',
    displayName: secret,
    job: handler,
    maxTries: null,
    timeout: timeout ?? null,
    ...extra,
    data: { commandName: className, command: command ?? object },
  })
}

/** An encrypted command, which nobody here has the key of. */
export const encryptedCommand = Buffer.from(
  JSON.stringify({ iv: Buffer.alloc(16).toString('base64'), value: 'AAAA', mac: '00', tag: '' }),
).toString('base64')
