import type { Severity } from '@surtidor/queue'
import type { Text } from '../i18n/locale.ts'

/** One kind of dirt in the tables of the original application, and the query that finds it. */
export interface StoreCheck {
  readonly code: string
  readonly severity: Severity
  readonly table: string
  readonly column: string
  /** The tables and columns that the query reads; where one is missing the check is left out. */
  readonly needs: Readonly<Record<string, readonly string[]>>
  /** Answers one row `found_count`, `example_id`; `name` quotes what has capitals or is a word of the language. */
  sql(name: (identifier: string) => string): string
  readonly advice: Text
}

/** Groups that should have one row each: how many have more, and the first id of one of them. */
function repeated(table: string, by: string, where: string): string {
  return `select count(*) as found_count, min(first_id) as example_id
    from (select min(id) as first_id from ${table} where ${where} group by ${by} having count(*) > 1) as repeated_rows`
}

function rows(table: string, where: string): string {
  return `select count(*) as found_count, min(id) as example_id from ${table} where ${where}`
}

export const storeChecks: readonly StoreCheck[] = [
  {
    code: 'TIENDA_CATEGORY_REPEATED',
    severity: 'problem',
    table: 'tat_categories',
    column: 'name',
    needs: { tat_categories: ['id', 'company_id', 'name'] },
    sql: () => repeated('tat_categories', 'company_id', `upper(trim(name)) = 'TIENDA'`),
    advice: {
      es: 'Tiendas con más de una categoría TIENDA: cada intento de la copia creaba otra. Pase sus productos a la primera y borre las demás.',
      en: 'Stores with more than one category TIENDA: each try of the copy made another. Move their products to the first and delete the others.',
    },
  },
  {
    code: 'PRODUCT_WITHOUT_SOURCE',
    severity: 'warning',
    table: 'tat_items',
    column: 'item_father_id',
    needs: { tat_items: ['id', 'item_father_id', 'sku'] },
    sql: () => rows('tat_items', `coalesce(item_father_id, 0) = 0 and upper(sku) <> 'GENERICO'`),
    advice: {
      es: 'Productos con item_father_id = 0: propios de la tienda, o del distribuidor pero editados en ella. La copia no los actualiza.',
      en: 'Products with item_father_id = 0: the store’s own, or the distributor’s that were edited there. The copy does not update them.',
    },
  },
  {
    code: 'SOURCE_LINK_LOST',
    severity: 'problem',
    table: 'tat_items',
    column: 'item_father_id',
    needs: { tat_items: ['id', 'item_father_id', 'sku'], inv_items: ['sku'] },
    sql: () =>
      rows(
        'tat_items',
        `coalesce(item_father_id, 0) = 0 and upper(sku) <> 'GENERICO' and sku in (select sku from inv_items)`,
      ),
    advice: {
      es: 'Tienen el SKU de un producto del distribuidor: una edición cortó su vínculo y otra copia los duplica. Ponga en item_father_id el id de inv_items.',
      en: 'They have the SKU of a product of the distributor: an edit cut the link, and another copy doubles them. Set item_father_id to the id in inv_items.',
    },
  },
  {
    code: 'COPY_REPEATED',
    severity: 'problem',
    table: 'tat_items',
    column: 'item_father_id',
    needs: { tat_items: ['id', 'company_id', 'item_father_id'] },
    sql: () => repeated('tat_items', 'company_id, item_father_id', 'item_father_id <> 0'),
    advice: {
      es: 'Un producto está dos veces en una tienda: dos copias corrieron a la vez. Deje la fila con existencias y ventas y borre la otra.',
      en: 'A product stands twice in a store: two copies ran at once. Keep the row with stock and sales and delete the other.',
    },
  },
  {
    code: 'OWN_SKU_REPEATED',
    severity: 'problem',
    table: 'tat_items',
    column: 'sku',
    needs: { tat_items: ['id', 'company_id', 'item_father_id', 'sku'] },
    sql: () => repeated('tat_items', 'company_id, sku', 'coalesce(item_father_id, 0) = 0 and sku is not null'),
    advice: {
      es: 'Un SKU propio (también GENERICO) está dos veces en una tienda. Deje uno o cambie el SKU del otro.',
      en: 'An own SKU (GENERICO too) stands twice in a store. Keep one, or change the SKU of the other.',
    },
  },
  {
    code: 'SOURCE_GONE',
    severity: 'warning',
    table: 'tat_items',
    column: 'item_father_id',
    needs: { tat_items: ['id', 'item_father_id'], inv_items: ['id'] },
    sql: () =>
      rows(
        'tat_items',
        'item_father_id <> 0 and not exists (select 1 from inv_items where inv_items.id = tat_items.item_father_id)',
      ),
    advice: {
      es: 'Su producto del distribuidor ya no existe. Siguen en la tienda como están; nadie los actualiza.',
      en: 'Their product of the distributor does not exist any more. They stay in the store as they are; nobody updates them.',
    },
  },
  {
    code: 'COPY_DELETED_AT_BIRTH',
    severity: 'warning',
    table: 'tat_items',
    column: 'deleted_at',
    needs: { tat_items: ['id', 'created_at', 'deleted_at'] },
    sql: () => rows('tat_items', 'deleted_at = created_at'),
    advice: {
      es: 'Se copiaron ya borrados, por un error de una versión anterior. Ponga deleted_at en null en los que la tienda vende.',
      en: 'They were copied as deleted, by a mistake of an earlier version. Set deleted_at to null for those that the store sells.',
    },
  },
  {
    code: 'PRICE_BELOW_COST',
    severity: 'warning',
    table: 'tat_items',
    column: 'price',
    needs: { tat_items: ['id', 'price', 'cost'] },
    sql: () => rows('tat_items', 'price < cost'),
    advice: {
      es: 'La tienda los vende por menos de lo que paga. Revise el precio; la copia de aquí no baja del costo.',
      en: 'The store sells them for less than it pays. Look at the price; the copy here does not go below the cost.',
    },
  },
  {
    code: 'SKU_REPEATED',
    severity: 'problem',
    table: 'inv_items',
    column: 'sku',
    needs: { inv_items: ['id', 'sku', 'deleted_at'] },
    sql: () => repeated('inv_items', 'sku', 'deleted_at is null'),
    advice: {
      es: 'Dos productos del distribuidor tienen un SKU, y las tiendas piden uno por producto. Cambie uno de ellos.',
      en: 'Two products of the distributor have one SKU, and stores ask for one a product. Change one of them.',
    },
  },
  {
    code: 'PRODUCT_WITHOUT_PRICE',
    severity: 'warning',
    table: 'inv_items',
    column: 'id',
    needs: { inv_items: ['id', 'status', 'deleted_at'], inv_values: ['itemId', 'label'] },
    sql: (name) =>
      rows(
        'inv_items',
        `status = 1 and deleted_at is null and id not in (
          select ${name('itemId')} from inv_values where label = 'Precio Regular' and ${name('itemId')} is not null
        )`,
      ),
    advice: {
      es: 'Activos y sin Precio Regular: llegarían a la tienda con precio 0. Póngales precio o desactívelos.',
      en: 'Active and without a Precio Regular: they would reach the store at price 0. Give them a price, or deactivate them.',
    },
  },
  {
    code: 'STORE_PROFILE_MISSING',
    severity: 'problem',
    table: 'usr_profiles',
    column: 'id',
    needs: { usr_profiles: ['id'] },
    sql: () =>
      'select case when count(*) = 0 then 1 else 0 end as found_count, null as example_id from usr_profiles where id = 17',
    advice: {
      es: 'Falta el perfil 17 (Tienda): sin él no se registra ninguna tienda. Inserte la fila con ese id.',
      en: 'Profile 17 (Tienda) is missing: without it no store can be registered. Insert the row with that id.',
    },
  },
  {
    code: 'STORE_USER_WITHOUT_CONTACT',
    severity: 'warning',
    table: 'users',
    column: 'contact_id',
    needs: { users: ['id', 'profile_id', 'contact_id'], vnt_contacts: ['id'] },
    sql: () =>
      rows(
        'users',
        `profile_id = 17 and not exists (select 1 from vnt_contacts where vnt_contacts.id = users.contact_id)`,
      ),
    advice: {
      es: 'Usuarios de tienda sin contacto, así que sin empresa ni catálogo. Corrija contact_id y copie con copy:start.',
      en: 'Users of a store without a contact, so without a company or a catalogue. Correct contact_id and copy with copy:start.',
    },
  },
  {
    code: 'IDENTIFICATION_REPEATED',
    severity: 'problem',
    table: 'vnt_companies',
    column: 'identification',
    needs: { vnt_companies: ['id', 'identification', 'deleted_at'] },
    sql: () => repeated('vnt_companies', 'identification', 'deleted_at is null'),
    advice: {
      es: 'Dos empresas tienen una identificación, y aquí es única. Una las filas o corrija el número.',
      en: 'Two companies have one identification, which is unique here. Join the rows, or correct the number.',
    },
  },
]
