/**
 * The tables of the original application as its migrations and its models have them, on MariaDB; SQLite and PostgreSQL
 * take the same text from `asSqlite` and `asPostgres`.
 */
export const originalTables: readonly string[] = [
  `create table usr_profiles (${key()}, name varchar(255) not null, ${timestamps()})`,
  `create table users (${key()}, name varchar(255) not null, email varchar(255) not null unique, password varchar(255) not null,
    phone varchar(255), profile_id bigint unsigned not null default 1, contact_id bigint unsigned, ${timestamps()},
    foreign key (profile_id) references usr_profiles (id))`,
  `create table tenants (id varchar(255) primary key, name varchar(255) not null, email varchar(255) not null unique,
    phone varchar(255), address varchar(255), db_name varchar(255) not null, db_user varchar(255), db_password varchar(255),
    db_host varchar(255), db_port varchar(255), is_active tinyint(1) not null default 1,
    database_setup tinyint(1) not null default 0, settings longtext, data longtext, company_id bigint unsigned,
    merchant_type_id bigint unsigned, plain_id bigint unsigned, tenant_code varchar(255), ${timestamps()})`,
  `create table user_tenants (${key()}, user_id bigint unsigned not null, tenant_id varchar(255) not null, role varchar(255),
    is_active tinyint(1) not null default 1, last_accessed_at timestamp null, ${timestamps()}, unique (user_id, tenant_id))`,
  `create table vnt_companies (${key()}, businessName varchar(255), firstName varchar(255), lastName varchar(255),
    secondName varchar(255), secondLastName varchar(255), billingEmail varchar(255), identification varchar(15) not null,
    verification_digit int, typeIdentificationId bigint unsigned, typePerson varchar(32), code_ciiu varchar(10),
    regimeId bigint unsigned, fiscalResponsabilityId bigint unsigned, type varchar(16), status tinyint(1) not null default 1,
    ${softDeletes()})`,
  `create table vnt_warehouses (${key()}, companyId bigint unsigned not null, name varchar(255) not null,
    main tinyint(1) not null default 0, ${softDeletes()})`,
  `create table vnt_contacts (${key()}, warehouseId bigint unsigned not null, firstName varchar(255) not null,
    email varchar(255), ${softDeletes()})`,
  `create table cnf_taxes (${key()}, name varchar(255) not null unique, percentage double not null,
    status tinyint(1) not null default 1, ${timestamps()})`,
  `create table inv_categories (${key()}, name varchar(255) not null, status tinyint(1) not null default 1, ${softDeletes()})`,
  `create table inv_items (${key()}, api_data_id int, categoryId bigint unsigned, name varchar(255) not null,
    internal_code varchar(100), sku varchar(255), description text,
    type enum('COMBO','COMPRA NACIONAL','IMPORTADO','PRODUCIDO') not null default 'COMPRA NACIONAL', taxId bigint unsigned,
    commandId bigint unsigned, brandId bigint unsigned, houseId bigint unsigned, inventoriable tinyint(1) not null default 1,
    purchasing_unit bigint unsigned, consumption_unit bigint unsigned, handles_serial tinyint(1) not null default 0,
    status tinyint(1) not null default 1, generic tinyint(1) not null default 0, ${softDeletes()},
    foreign key (categoryId) references inv_categories (id), foreign key (taxId) references cnf_taxes (id))`,
  `create table inv_values (${key()}, date datetime not null default current_timestamp, \`values\` double not null,
    type enum('costo','precio') not null, itemId bigint unsigned not null, warehouseId int,
    label enum('Costo Inicial','Costo','Precio Base','Precio Regular','Precio Crédito') not null, ${softDeletes()},
    foreign key (itemId) references inv_items (id))`,
  `create table inv_image_gallery (${key()}, itemId bigint unsigned not null, img_path text not null,
    type enum('PRINCIPAL','GALERIA') not null, ${softDeletes()}, foreign key (itemId) references inv_items (id))`,
  `create table tat_categories (${key()}, company_id bigint unsigned not null, name varchar(255) not null,
    status tinyint(1) not null default 1, ${softDeletes()})`,
  `create table tat_items (${key()}, item_father_id bigint unsigned not null default 0, company_id bigint unsigned not null,
    sku varchar(255), name varchar(255) not null, taxId bigint unsigned, categoryId bigint unsigned,
    stock decimal(12,2) not null default 0, img_path text, cost decimal(12,2) not null default 0,
    price decimal(12,2) not null default 0, status tinyint(1) not null default 1, ${softDeletes()})`,
]

/** What the original has besides, on MariaDB only: what no comparison of copies looks at. */
export const furtherOriginalTables: readonly string[] = [
  `create table tat_routes (${key()}, name varchar(255) not null, zone_id bigint unsigned, salesman_id bigint unsigned,
    sale_day varchar(255), delivery_day varchar(255), ${timestamps()})`,
  `create table tat_companies_routes (${key()}, company_id bigint unsigned not null, route_id bigint unsigned not null,
    sales_order int not null, ${timestamps()})`,
  `create table tat_restock_list (${key()}, itemId bigint unsigned not null, company_id bigint unsigned not null,
    quantity_request decimal(12,2) not null, quantity_recive decimal(12,2), status varchar(255) not null default 'Registrado',
    order_number varchar(255), deteted_at timestamp null, ${timestamps()})`,
  `create table inv_item_brand (${key()}, name varchar(100) not null, status tinyint(1) not null default 1, ${softDeletes()})`,
  `create table jobs (${key()}, queue varchar(255) not null, payload longtext not null, attempts tinyint unsigned not null,
    reserved_at int unsigned, available_at int unsigned not null, created_at int unsigned not null,
    key jobs_queue_index (queue))`,
  `create table failed_jobs (${key()}, uuid varchar(255) not null unique, connection text not null, queue text not null,
    payload longtext not null, exception longtext not null, failed_at timestamp not null default current_timestamp)`,
  'create table migrations (id int unsigned not null auto_increment primary key, migration varchar(255) not null, batch int not null)',
]

export function asSqlite(statement: string): string {
  return statement
    .replaceAll('bigint unsigned not null auto_increment primary key', 'integer primary key')
    .replaceAll(/enum\([^)]*\)/g, 'varchar(32)')
}

/** Names that have capitals need quotes there. */
export function asPostgres(statement: string): string {
  return statement
    .replaceAll(
      'bigint unsigned not null auto_increment primary key',
      'bigint generated by default as identity primary key',
    )
    .replaceAll(/enum\([^)]*\)/g, 'varchar(32)')
    .replaceAll('bigint unsigned', 'bigint')
    .replaceAll('tinyint(1)', 'smallint')
    .replaceAll('longtext', 'text')
    .replaceAll(/\bdatetime\b/g, 'timestamp')
    .replaceAll(/\bdouble\b/g, 'double precision')
    .replaceAll('`', '"')
    .replaceAll(/(?<!")\b[a-z]+[A-Z]\w*\b/g, '"$&"')
}

function key(): string {
  return 'id bigint unsigned not null auto_increment primary key'
}

function timestamps(): string {
  return 'created_at timestamp null, updated_at timestamp null'
}

function softDeletes(): string {
  return `${timestamps()}, deleted_at timestamp null`
}
