import { sql } from 'kysely'
import type { Recording, RevisionTrigger } from './triggers.ts'
import { type RowEvent, type RowOwner, rowEvents, watchedTables } from './watched-tables.ts'

const today = 'floor(extract(epoch from statement_timestamp()) / 86400)::int'

function countingTrigger(table: string, owner: RowOwner, event: RowEvent): RevisionTrigger {
  const name = `surtidor_${table}_${event}`
  const body = `
begin
  insert into catalogue_revisions as counted (tenant_id, day, connection_id, changes)
  select distinct ${sourceOf[owner](event)}
  on conflict (tenant_id, day, connection_id) do update set changes = counted.changes + 1;
  return null;
end
`
  return { name, table, body, statements: [functionOf(name, body), triggerOf(name, table, event), seeAll(name, table)] }
}

/** With our rights, so that whoever may write the catalogue need not be allowed to write the counts. */
function functionOf(name: string, body: string): string {
  return `do $make$ begin execute format($text$
create or replace function ${name}() returns trigger language plpgsql security definer
set search_path = %I, pg_temp as $body$${body}$body$
$text$, current_schema()); end $make$`
}

const rowsOf: Readonly<Record<RowEvent, string>> = {
  insert: 'new table as added',
  update: 'old table as removed new table as added',
  delete: 'old table as removed',
}

function triggerOf(name: string, table: string, event: RowEvent): string {
  return `create or replace trigger ${name} after ${event} on ${table}
referencing ${rowsOf[event]} for each statement execute function ${name}()`
}

/** Also what a restore writes in a session that replays what others have written. */
function seeAll(name: string, table: string): string {
  return `alter table ${table} enable always trigger ${name}`
}

const sourceOf: Readonly<Record<RowOwner, (event: RowEvent) => string>> = {
  own: (event) => `coalesce(tenant_id::text, ''), ${key} from (${written(event, 'tenant_id')}) written`,
  item: (event) =>
    `coalesce(item.tenant_id::text, ''), ${key} from (${written(event, '"itemId"')}) written
  left join inv_items item on item.id = written."itemId"`,
  everyone: (event) => `'', ${key} from (${written(event, 'id')}) written`,
}

const key = `${today}, pg_backend_pid(), 1`

function written(event: RowEvent, column: string): string {
  const tables = { insert: ['added'], update: ['removed', 'added'], delete: ['removed'] }[event]
  return tables.map((table) => `select ${column} from ${table}`).join(' union ')
}

/** One count for each statement and distributor, however many rows it writes. */
export const postgresRecording: Recording = {
  triggers: Object.entries(watchedTables).flatMap(([table, owner]) =>
    rowEvents.map((event) => countingTrigger(table, owner, event)),
  ),
  // A trigger that was switched off and on is another version of its row; `truncate` and `alter table` give a table another
  // file. What comes by a subscription is written past triggers for statements.
  found: sql`
    select
      trigger.tgname as name,
      watched.relname as "table",
      function.prosrc as body,
      (trigger.tgenabled = 'A' and not exists (
        select from pg_subscription_rel where srrelid = watched.oid
      ))::int as sees_all,
      (function.proowner = current_user::regrole)::int as is_mine,
      concat_ws(' ', trigger.oid, trigger.xmin, function.oid, function.xmin, watched.relfilenode) as made
    from pg_trigger trigger
    join pg_class watched on watched.oid = trigger.tgrelid
    join pg_proc function on function.oid = trigger.tgfoid
    where watched.relnamespace = (select oid from pg_namespace where nspname = current_schema())
      and trigger.tgname like 'surtidor\\_%'
    order by trigger.tgname`,
  beside: sql`''`,
  today: sql.raw(today),
  lock: sql`select pg_advisory_xact_lock(hashtextextended('surtidor triggers ' || current_schema(), 0))`,
}
