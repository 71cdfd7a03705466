import { type CreateTableBuilder, type Kysely, type RawBuilder, sql } from 'kysely'
import { dialectOf, type SqlDialect } from '../database/dialect.ts'

export type Table = CreateTableBuilder<string, string>

/** How tables are made in each database; every step can be run again, since MySQL takes back no table when one fails. */
export class Schema {
  readonly #db: Kysely<unknown>
  readonly #dialect: SqlDialect

  constructor(db: Kysely<unknown>) {
    this.#db = db
    this.#dialect = dialectOf(db)
  }

  /** A table, on MySQL also one that is there already. Text compares letter by letter, as it does in the other databases. */
  table(name: string): Table {
    const table = this.#db.schema.createTable(name)
    if (this.#dialect !== 'mysql') return table
    return table.ifNotExists().modifyEnd(sql`engine = InnoDB default character set utf8mb4 collate utf8mb4_bin`)
  }

  /** The same with a key that counts. */
  numbered(name: string): Table {
    return this.table(name).addColumn('id', 'integer', (column) =>
      this.#dialect === 'postgres'
        ? column.generatedByDefaultAsIdentity().primaryKey()
        : column.primaryKey().autoIncrement(),
    )
  }

  /** A moment in UTC, to the second. */
  moment(table: Table, name: string): Table {
    return table.addColumn(name, this.#momentType)
  }

  timestamps(table: Table): Table {
    return ['created_at', 'updated_at'].reduce((each, name) => this.stamped(each, name), table)
  }

  softDeletes(table: Table): Table {
    return this.moment(this.timestamps(table), 'deleted_at')
  }

  /** A moment that is set when the row is written. */
  stamped(table: Table, name: string): Table {
    return table.addColumn(name, this.#momentType, (column) => column.notNull().defaultTo(sql`current_timestamp`))
  }

  /** A column that the database computes from the others. */
  generated(
    table: Table,
    column: { readonly name: string; readonly type: 'integer' | 'varchar(255)'; readonly as: RawBuilder<unknown> },
  ): Table {
    return table.addColumn(column.name, column.type, (builder) => builder.generatedAlwaysAs(column.as).stored())
  }

  /** A reference that the database holds to. Its name is made of both tables' names and the column's. */
  references(table: Table, from: { readonly table: string; readonly column: string }, to: string): Table {
    return table.addForeignKeyConstraint(`${from.table}_${from.column}_foreign`.toLowerCase(), [from.column], to, [
      'id',
    ])
  }

  /** MySQL has its indexes in the table, and cannot be told to make one that may be there. */
  async withIndexes(table: Table, indexes: Readonly<Record<string, readonly string[]>>, name: string): Promise<void> {
    if (this.#dialect === 'mysql') {
      const entries = Object.entries(indexes)
      return entries.reduce((each, [index, columns]) => each.addIndex(index, [...columns]), table).execute()
    }
    await table.execute()
    for (const [index, columns] of Object.entries(indexes))
      await this.#db.schema
        .createIndex(index)
        .on(name)
        .columns([...columns])
        .execute()
  }

  /** A column of a table that is there, null in all its rows. MySQL cannot be told to add one that may be there. */
  async addColumn(table: string, name: string, type: 'integer' | 'text' | 'moment'): Promise<void> {
    if (this.#dialect === 'mysql' && (await this.#hasColumn(table, name))) return
    const column = type === 'moment' ? this.#momentType : type
    await this.#db.schema.alterTable(table).addColumn(name, column).execute()
  }

  /** An index of a table that is there. MySQL, which keeps it when a later step fails, is asked first. */
  async addIndex(table: string, name: string, columns: readonly string[]): Promise<void> {
    if (await this.#isKept(table, name)) return
    await this.#index(table, name, columns).execute()
  }

  /** The same of one that refuses what is there. */
  async addUniqueIndex(table: string, name: string, columns: readonly string[]): Promise<void> {
    if (await this.#isKept(table, name)) return
    await this.#index(table, name, columns).unique().execute()
  }

  async dropIndex(table: string, name: string): Promise<void> {
    if (this.#dialect === 'mysql' && !(await this.#hasIndex(table, name))) return
    const drop = this.#db.schema.dropIndex(name)
    await (this.#dialect === 'mysql' ? drop.on(table) : drop).execute()
  }

  #index(table: string, name: string, columns: readonly string[]) {
    return this.#db.schema
      .createIndex(name)
      .on(table)
      .columns([...columns])
  }

  async #isKept(table: string, name: string): Promise<boolean> {
    return this.#dialect === 'mysql' && (await this.#hasIndex(table, name))
  }

  async #hasIndex(table: string, name: string): Promise<boolean> {
    const { rows } = await sql`
      select 1
      from information_schema.statistics
      where table_schema = database() and table_name = ${table} and index_name = ${name}
      limit 1`.execute(this.#db)
    return rows.length > 0
  }

  async #hasColumn(table: string, name: string): Promise<boolean> {
    const { rows } = await sql`
      select 1
      from information_schema.columns
      where table_schema = database() and table_name = ${table} and column_name = ${name}`.execute(this.#db)
    return rows.length > 0
  }

  get #momentType() {
    return sql`${sql.raw({ sqlite: 'text', mysql: 'datetime', postgres: 'timestamp' }[this.#dialect])}`
  }
}
