import {
  drizzleMysqlConnection,
  drizzleMysqlPool,
  drizzlePostgresClient,
  drizzlePostgresPool,
  drizzleSqliteProxy,
} from './drizzle-clients.ts'
import { knexMysql, knexPostgres } from './knex-clients.ts'
import { kyselyMysql, kyselyPostgres, kyselySqlite } from './kysely-clients.ts'
import { mysql2Connection, mysql2Pool, nodeSqlite, pgClient, pgPool } from './raw-clients.ts'
import { mysqlShops, postgresShops, type ShopKind, sqliteShops } from './shop.ts'
import { typeormMysql, typeormPostgres } from './typeorm-clients.ts'

/** Every client that has an adapter, on each database that is here. */
export const shopKinds: readonly ShopKind[] = [
  ...sqliteShops([nodeSqlite, kyselySqlite, drizzleSqliteProxy]),
  ...mysqlShops([
    mysql2Pool,
    mysql2Connection,
    kyselyMysql,
    drizzleMysqlPool,
    drizzleMysqlConnection,
    knexMysql,
    typeormMysql,
  ]),
  ...postgresShops([
    pgPool,
    pgClient,
    kyselyPostgres,
    drizzlePostgresPool,
    drizzlePostgresClient,
    knexPostgres,
    typeormPostgres,
  ]),
]
