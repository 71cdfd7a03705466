import { sql } from 'kysely'
import type { Recording, RevisionTrigger } from './triggers.ts'
import { type RowEvent, type RowOwner, rowEvents, watchedTables } from './watched-tables.ts'

function countingTrigger(table: string, owner: RowOwner, event: RowEvent): RevisionTrigger {
  const rows = { insert: ['new'], update: ['old', 'new'], delete: ['old'] }[event]
  const values = rows.map((row) => `(${tenantOf[owner](row)}, 0, 0, 1)`).join(', ')
  const name = `surtidor_${table}_${event}`
  return trigger({ name, table, when: `after ${event}`, source: `values ${values}` })
}

/** `or replace` takes rows away without telling a trigger: those with the same key, which may be another distributor's. */
function replacingTriggers(table: string, owner: RowOwner): readonly RevisionTrigger[] {
  const replaced = (condition: string) =>
    `select ${tenantOf[owner](table)}, 0, 0, 1 from ${table} where ${table}.id = new.id${condition}`
  return [
    trigger({ name: `surtidor_${table}_replace`, table, when: 'before insert', source: replaced('') }),
    trigger({
      name: `surtidor_${table}_replace_update`,
      table,
      when: 'before update',
      source: replaced(' and new.id <> old.id'),
    }),
  ]
}

const tenantOf: Readonly<Record<RowOwner, (row: string) => string>> = {
  own: (row) => `coalesce(${row}.tenant_id, '')`,
  item: (row) => `coalesce((select tenant_id from inv_items where inv_items.id = ${row}."itemId"), '')`,
  everyone: () => "''",
}

interface TriggerText {
  readonly name: string
  readonly table: string
  readonly when: string
  readonly source: string
}

function trigger({ name, table, when, source }: TriggerText): RevisionTrigger {
  const body = `begin
  insert into catalogue_revisions (tenant_id, day, connection_id, changes) ${source}
  on conflict (tenant_id, day, connection_id) do update set changes = changes + 1;
end`
  const create = `create trigger ${name} ${when} on ${table} for each row ${body}`
  return { name, table, body, statements: [`drop trigger if exists ${name}`, create] }
}

/** One writer at a time: a distributor has one row. */
export const sqliteRecording: Recording = {
  triggers: Object.entries(watchedTables).flatMap(([table, owner]) => [
    ...rowEvents.map((event) => countingTrigger(table, owner, event)),
    ...(owner === 'everyone' ? [] : replacingTriggers(table, owner)),
  ]),
  // The version moves when a trigger or its table is made again, and with every other change of the schema.
  found: sql`
    select
      name,
      tbl_name as "table",
      substr(sql, instr(sql, 'begin')) as body,
      1 as sees_all,
      1 as is_mine,
      cast((select schema_version from pragma_schema_version) as text) as made
    from sqlite_schema
    where type = 'trigger' and name like 'surtidor\\_%' escape '\\'
    order by name`,
  beside: sql`''`,
  today: sql`0`,
  lock: undefined,
}
