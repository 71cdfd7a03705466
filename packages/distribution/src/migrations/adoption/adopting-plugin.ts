import {
  type ColumnDefinitionNode,
  CreateIndexNode,
  CreateTableNode,
  ForeignKeyConstraintNode,
  type KyselyPlugin,
  type PluginTransformQueryArgs,
  type PluginTransformResultArgs,
  type QueryResult,
  type RootOperationNode,
  type UnknownRow,
} from 'kysely'
import type { AdoptedTables } from './adopted-tables.ts'
import { type KeyTypes, keyTypes } from './key-types.ts'
import type { Shape } from './mysql-shape.ts'

/**
 * Has the migrations make our tables beside those of the original application, which stay as they are: `create table if not
 * exists` leaves them alone.
 *
 * The original goes on writing its tables and knows nothing of us. So there are no foreign keys to them, which would refuse
 * what it deletes, and no unique ones, which would refuse what it may write twice. A column of ours that refers to one of its
 * tables has the type and the collation of what it refers to: with others no index could be used.
 */
export class AdoptingPlugin implements KyselyPlugin {
  readonly #types: KeyTypes
  readonly #adopted: AdoptedTables

  constructor(shape: Shape, adopted: AdoptedTables) {
    this.#types = keyTypes(shape, adopted)
    this.#adopted = adopted
  }

  transformQuery({ node }: PluginTransformQueryArgs): RootOperationNode {
    if (CreateTableNode.is(node)) return this.#besideAdopted(node)
    return CreateIndexNode.is(node) && this.#isAdopted(node.table?.table.identifier.name)
      ? { ...node, unique: false }
      : node
  }

  async transformResult({ result }: PluginTransformResultArgs): Promise<QueryResult<UnknownRow>> {
    return result
  }

  #besideAdopted(node: CreateTableNode): CreateTableNode {
    const { constraints = [], columns } = node
    const keys = constraints.filter((each) => ForeignKeyConstraintNode.is(each))
    const toAdopted = keys.filter((key) => this.#isAdopted(referredTable(key)))
    const types = new Map(toAdopted.map((key) => [key.columns[0]?.column.name, this.#types.get(referredTable(key))]))
    return {
      ...node,
      constraints: constraints.filter((each) => !toAdopted.some((key) => key === each)),
      columns: columns.map((column) => withType(column, types.get(column.column.column.name))),
    }
  }

  #isAdopted(table: string | undefined): boolean {
    return table !== undefined && this.#adopted.names.has(table)
  }
}

function referredTable({ references }: ForeignKeyConstraintNode): string {
  return references.table.table.identifier.name
}

function withType(column: ColumnDefinitionNode, dataType: ReturnType<KeyTypes['get']>): ColumnDefinitionNode {
  return dataType ? { ...column, dataType } : column
}
