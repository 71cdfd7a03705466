import type { DatabaseKind } from '@surtidor/queue'

export type RepairCode =
  | 'TIENDA_CATEGORY_REPEATED'
  | 'SOURCE_LINK_LOST'
  | 'COPY_REPEATED'
  | 'OWN_SKU_REPEATED'
  | 'COPY_DELETED_AT_BIRTH'

/** A value of a column, as text or a whole number. */
export type RepairValue = string | number | null

/** One column of one row, from what it holds to what it should. No row is ever deleted: what goes out of use is renamed. */
export interface Repair {
  readonly code: RepairCode
  readonly table: 'tat_items' | 'tat_categories'
  readonly id: number
  readonly column: string
  readonly from: RepairValue
  readonly to: RepairValue
}

/**
 * The repairs as SQL in one transaction. Each names what it found: a row that somebody has changed since is left alone, and
 * a script that is run twice does nothing the second time.
 */
export function repairScript(repairs: readonly Repair[], kind: DatabaseKind): string {
  return script(repairs, kind)
}

/** What takes the repairs back, in the opposite order. */
export function undoScript(repairs: readonly Repair[], kind: DatabaseKind): string {
  return script(
    repairs.toReversed().map((repair) => ({ ...repair, from: repair.to, to: repair.from })),
    kind,
  )
}

function script(repairs: readonly Repair[], kind: DatabaseKind): string {
  const begin = kind === 'mysql' ? 'start transaction;' : 'begin;'
  return [begin, ...repairs.map((repair) => statement(repair, kind)), 'commit;', ''].join('\n')
}

function statement({ code, table, id, column, from, to }: Repair, kind: DatabaseKind): string {
  const name = kind === 'mysql' ? `\`${column}\`` : `"${column}"`
  const found = from === null ? `${name} is null` : equals(name, from, kind)
  return `update ${table} set ${name} = ${literal(to, kind)} where id = ${id} and ${found}; -- ${code}`
}

/** Letter by letter, whatever the collation of the column. */
function equals(name: string, value: string | number, kind: DatabaseKind): string {
  if (kind !== 'mysql' || typeof value === 'number') return `${name} = ${literal(value, kind)}`
  return `convert(${name} using utf8mb4) collate utf8mb4_bin = ${literal(value, kind)} collate utf8mb4_bin`
}

/** Text as its bytes: no character of it can end the literal, and none is lost on the way through a file. */
function literal(value: RepairValue, kind: DatabaseKind): string {
  if (value === null) return 'null'
  if (typeof value === 'number') return String(value)
  if (/^[\w .:-]*$/.test(value)) return kind === 'mysql' ? `_utf8mb4'${value}'` : `'${value}'`
  const hex = Buffer.from(value).toString('hex')
  if (kind === 'mysql') return `convert(x'${hex}' using utf8mb4)`
  return kind === 'postgres' ? `convert_from('\\x${hex}', 'UTF8')` : `cast(x'${hex}' as text)`
}
