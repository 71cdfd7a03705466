import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import type { CentralTables } from '../../database/central-tables.ts'
import { upsert } from '../../database/sql.ts'

/** Rows that the code refers to by id: profiles (17 is the store) and types of identification. */
export const fixedRows: Migration = {
  async up(db: Kysely<CentralTables>): Promise<void> {
    await upsert(db, 'usr_profiles', {
      ...asTheyAre,
      rows: [
        { id: 1, name: 'Super administrador' },
        { id: 2, name: 'Administrador' },
        { id: 4, name: 'Vendedor' },
        { id: 13, name: 'Transportador' },
        { id: 17, name: 'Tienda' },
      ],
    })
    await upsert(db, 'cnf_type_identifications', {
      ...asTheyAre,
      rows: [
        { id: 1, name: 'Cédula de ciudadanía', acronym: 'CC' },
        { id: 2, name: 'Número de identificación tributaria', acronym: 'NIT' },
        { id: 3, name: 'Cédula de extranjería', acronym: 'CE' },
        { id: 4, name: 'Pasaporte', acronym: 'PA' },
        { id: 5, name: 'Tarjeta de identidad', acronym: 'TI' },
        { id: 6, name: 'Registro civil', acronym: 'RC' },
      ],
    })
  },
}

/** Those that are there already stay. */
const asTheyAre = { key: ['id'], update: [] } as const
