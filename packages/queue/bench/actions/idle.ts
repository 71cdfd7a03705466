import { setTimeout as wait } from 'node:timers/promises'
import type { ChildTask, Figures } from '../child-task.ts'
import { type Place, serverOf } from '../place.ts'
import { openSqlClient, type SqlClient } from '../sql-client.ts'
import { openSession, required } from './open-session.ts'

const silenceMs = 60_000

/** Statements a second that the server counts of a worker with nothing to do, after a minute, over `size` seconds. */
export async function idle(task: ChildTask): Promise<Figures> {
  await using client = await openSqlClient(besides(task.place))
  await using session = await openSession(task)
  await required(session.serve, 'serve')(() => undefined)
  await wait(silenceMs)
  const before = await statements(client, task.place)
  await wait(task.size * 1_000)
  const after = await statements(client, task.place)
  // MariaDB counts our own question too; PostgreSQL counts by database, and we ask from another one.
  const ours = task.place.database === 'mariadb' ? 1 : 0
  return { 'statements/s': (after - before - ours) / task.size }
}

function besides(place: Place): Place {
  if (place.database !== 'postgres') return place
  return { ...place, server: { ...serverOf(place), database: 'postgres' } }
}

async function statements(client: SqlClient, place: Place): Promise<number> {
  const { database } = serverOf(place)
  const sql =
    place.database === 'mariadb'
      ? `select variable_value from information_schema.global_status where variable_name = 'QUESTIONS'`
      : `select xact_commit + xact_rollback from pg_stat_database where datname = '${database}'`
  return Number(await client.value(sql))
}
