import { sql } from 'kysely'
import type { Recording, RevisionTrigger } from './triggers.ts'
import { type RowEvent, type RowOwner, rowEvents, watchedTables } from './watched-tables.ts'

const tables = Object.keys(watchedTables)
const today = 'unix_timestamp() div 86400'

function countingTrigger(table: string, owner: RowOwner, event: RowEvent): RevisionTrigger {
  const name = `surtidor_${table}_${event}`
  const body = `begin
${counts[owner](event)}
end`
  const create = `create trigger ${name} after ${event} on ${table} for each row ${body}`
  return { name, table, body, statements: [`drop trigger if exists ${name}`, create] }
}

const counts: Readonly<Record<RowOwner, (event: RowEvent) => string>> = {
  own: (event) => countBoth(event, 'tenant_id', (row) => `  ${count(`coalesce(${row}.tenant_id, '')`)}`),
  item: (event) =>
    `  declare owner varchar(255);
${countBoth(event, '"itemId"', countOwner)}`,
  everyone: () => `  ${count("''")}`,
}

/** An update that moves a row counts for the one it belonged to as well. */
function countBoth(event: RowEvent, column: string, countRow: (row: 'old' | 'new') => string): string {
  if (event === 'insert') return countRow('new')
  if (event === 'delete') return countRow('old')
  return `${countRow('new')}
  if not (old.${column} <=> new.${column}) then
${countRow('old')}
  end if;`
}

/** `select into` and nothing else: a subquery would lock the product, and have others wait. */
function countOwner(row: 'old' | 'new'): string {
  return `  set owner = '';
  select tenant_id into owner from inv_items where id = ${row}."itemId";
  ${count("coalesce(owner, '')")}`
}

function count(tenant: string): string {
  return `insert into catalogue_revisions (tenant_id, day, connection_id, changes)
  values (${tenant}, ${today}, connection_id(), 1)
  on duplicate key update changes = changes + 1;`
}

export const mysqlRecording: Recording = {
  triggers: Object.entries(watchedTables).flatMap(([table, owner]) =>
    rowEvents.map((event) => countingTrigger(table, owner, event)),
  ),
  // By their tables: otherwise the server opens every table of the database. A trigger that we have no right to see is not there.
  found: sql`
    select
      trigger_name as name,
      event_object_table as "table",
      action_statement as body,
      1 as sees_all,
      definer = current_user() as is_mine,
      cast(created as char) as made
    from information_schema.triggers
    where event_object_schema = database()
      and event_object_table in (${sql.join(tables.map((table) => sql.lit(table)))})
      and trigger_name like 'surtidor|_%' escape '|'
    order by trigger_name`,
  // No trigger sees a `truncate`.
  beside: sql.raw(`concat(${tables.map((table) => `exists (select 1 from ${table})`).join(', ')})`),
  today: sql.raw(today),
  lock: undefined,
}
