import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import type { CentralTables } from '../../database/central-tables.ts'

/** Rows that the code refers to by id: profiles (17 is the store) and types of identification. */
export const fixedRows: Migration = {
  async up(db: Kysely<CentralTables>): Promise<void> {
    await db
      .insertInto('usr_profiles')
      .values([
        { id: 1, name: 'Super administrador' },
        { id: 2, name: 'Administrador' },
        { id: 4, name: 'Vendedor' },
        { id: 13, name: 'Transportador' },
        { id: 17, name: 'Tienda' },
      ])
      .execute()
    await db
      .insertInto('cnf_type_identifications')
      .values([
        { id: 1, name: 'Cédula de ciudadanía', acronym: 'CC' },
        { id: 2, name: 'Número de identificación tributaria', acronym: 'NIT' },
        { id: 3, name: 'Cédula de extranjería', acronym: 'CE' },
        { id: 4, name: 'Pasaporte', acronym: 'PA' },
        { id: 5, name: 'Tarjeta de identidad', acronym: 'TI' },
        { id: 6, name: 'Registro civil', acronym: 'RC' },
      ])
      .execute()
  },
}
