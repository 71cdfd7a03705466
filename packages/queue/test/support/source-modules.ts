import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** The modules of the queue that tests of faults put together by themselves. */
export interface SourceModules {
  readonly index: typeof import('../../src/index.ts')
  readonly errors: typeof import('../../src/errors.ts')
  readonly sqlConnection: typeof import('../../src/connections/sql/sql-connection.ts')
  readonly serverDriver: typeof import('../../src/drivers/server-driver.ts')
  readonly mysql: typeof import('../../src/drivers/mysql.ts')
  readonly postgres: typeof import('../../src/drivers/postgres.ts')
  readonly sqlite: typeof import('../../src/drivers/sqlite.ts')
  readonly sqliteFile: typeof import('../../src/drivers/sqlite-file.ts')
}

/** Those of one `src` folder: ours, or a copy in which a guard is missing. */
export async function sourceModules(source: string): Promise<SourceModules> {
  const load = (file: string) => import(pathToFileURL(join(source, file)).href)
  return {
    index: await load('index.ts'),
    errors: await load('errors.ts'),
    sqlConnection: await load('connections/sql/sql-connection.ts'),
    serverDriver: await load('drivers/server-driver.ts'),
    mysql: await load('drivers/mysql.ts'),
    postgres: await load('drivers/postgres.ts'),
    sqlite: await load('drivers/sqlite.ts'),
    sqliteFile: await load('drivers/sqlite-file.ts'),
  }
}
