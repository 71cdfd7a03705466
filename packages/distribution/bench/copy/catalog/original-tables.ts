import type { Dialect } from '../databases/dialect.ts'
import type { SqlClient } from '../databases/sql-client.ts'

/** The distributor's tables of the original application, as far as a copy reads them or they make its rows wider. */
export async function createSourceTables(client: SqlClient, dialect: Dialect): Promise<void> {
  const { key, moment } = dialect
  const softDeletes = `created_at ${moment} not null default current_timestamp,
    updated_at ${moment} not null default current_timestamp, deleted_at ${moment}`
  const tables = [
    `cnf_taxes (id ${key}, name varchar(255) not null unique, percentage double precision not null,
      status int not null default 1, ${softDeletes})`,
    `inv_categories (id ${key}, name varchar(255) not null, status int not null default 1, ${softDeletes})`,
    `inv_items (id ${key}, api_data_id int, "categoryId" bigint, name varchar(255) not null, internal_code varchar(100),
      sku varchar(255), description text, type varchar(32) not null, "taxId" bigint, "commandId" bigint, "brandId" bigint,
      "houseId" bigint, inventoriable int not null default 1, purchasing_unit bigint, consumption_unit bigint,
      handles_serial int not null default 0, status int not null default 1, generic int not null default 0, ${softDeletes})`,
    `inv_values (id ${key}, date ${moment} not null default current_timestamp, "values" double precision not null,
      type varchar(16) not null, "itemId" bigint not null, "warehouseId" int, label varchar(32) not null, ${softDeletes})`,
    `inv_image_gallery (id ${key}, "itemId" bigint not null, img_path text not null, type varchar(16) not null, ${softDeletes})`,
  ]
  for (const table of tables) await client.run(`create table ${table}`)
}

/** What the original's foreign keys bring with them. After the rows, since one sort is faster than a million places. */
export async function indexSourceTables(client: SqlClient): Promise<void> {
  await client.run('create index inv_items_category on inv_items ("categoryId")')
  await client.run('create index inv_items_tax on inv_items ("taxId")')
  await client.run('create index inv_values_item on inv_values ("itemId")')
  await client.run('create index inv_image_gallery_item on inv_image_gallery ("itemId")')
}

/** The store's tables of the original application, with the key that keeps a product from coming twice. */
export async function createTargetTables(client: SqlClient, dialect: Dialect): Promise<void> {
  const { key, moment } = dialect
  const timestamps = `created_at ${moment}, updated_at ${moment}`
  const tables = [
    `cnf_taxes (id ${key}, name varchar(255) not null, percentage double precision not null,
      status int not null default 1, ${timestamps}, unique (name, percentage))`,
    `tat_categories (id ${key}, company_id bigint not null, name varchar(255) not null, status int not null default 1,
      ${timestamps}, unique (company_id, name))`,
    `tat_items (id ${key}, item_father_id bigint not null default 0, company_id bigint not null, sku varchar(255),
      name varchar(255) not null, "taxId" bigint, "categoryId" bigint, stock decimal(12, 2) not null default 0,
      img_path text, cost decimal(12, 2) not null default 0, price decimal(12, 2) not null default 0,
      status int not null default 1, ${timestamps}, deleted_at ${moment}, unique (company_id, item_father_id))`,
  ]
  for (const table of tables) await client.run(`create table ${table}`)
}
