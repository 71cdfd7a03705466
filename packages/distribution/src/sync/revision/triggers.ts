import { type Kysely, type RawBuilder, sql } from 'kysely'
import { dialectOf, type SqlDialect } from '../../database/dialect.ts'
import { mysqlRecording } from './mysql-triggers.ts'
import { postgresRecording } from './postgres-triggers.ts'
import { sqliteRecording } from './sqlite-triggers.ts'

/**
 * The recorded revision of a catalogue. Triggers count every row that is written, because this application, the original one and
 * people at a SQL prompt all write these tables; a revision is the sum of the counts of a distributor, and of everybody's.
 *
 * Nobody may wait for anybody because of it. So each connection counts in rows of its own, one for each distributor and day:
 * `(tenant_id, day, connection_id)`. Slots that connections share would have two transactions wait for each other and, with
 * the products they have locked, end in a deadlock; under snapshot isolation (PostgreSQL's repeatable read, MariaDB's from 11.6
 * on) the second of them would even be refused its write. The day is there so that rows can be folded into one: those of days
 * that have passed are written by nobody any more (`fold-revisions.ts`).
 *
 * A count that stands still while the catalogue changes would have stores miss changes. So the triggers themselves are looked
 * at with each reading: whether they are there, do what they should, and are the very ones of the last time (`made`).
 */
export interface Recording {
  readonly triggers: readonly RevisionTrigger[]
  /** Those that there are, of any origin. */
  readonly found: RawBuilder<FoundTrigger>
  /** What belongs to the revision besides the counts: a short text. */
  readonly beside: RawBuilder<string>
  /** Of the database's clock, as the triggers have it. */
  readonly today: RawBuilder<number>
  /** Has others who look after the triggers wait until the transaction ends, where they would meet. */
  readonly lock: RawBuilder<unknown> | undefined
}

export interface RevisionTrigger {
  readonly name: string
  readonly table: string
  /** What it does, as the database tells it afterwards. */
  readonly body: string
  /** One statement after the other; they replace what has this name. */
  readonly statements: readonly string[]
}

export interface FoundTrigger {
  readonly name: string
  readonly table: string
  readonly body: string
  /** 1 when it sees every write, whoever made it. */
  readonly sees_all: number
  /** 1 when it has the rights of whoever asks. */
  readonly is_mine: number
  /** Another text when it was made again, or its table was emptied past it. */
  readonly made: string
}

const recordings: Readonly<Record<SqlDialect, Recording>> = {
  sqlite: sqliteRecording,
  mysql: mysqlRecording,
  postgres: postgresRecording,
}

export function recordingOf<Tables>(db: Kysely<Tables>): Recording {
  return recordings[dialectOf(db)]
}

/** The triggers of ours that the database has and that do what they should, and those that it lacks. */
export async function compareTriggers<Tables>(
  db: Kysely<Tables>,
): Promise<{ readonly found: readonly FoundTrigger[]; readonly lacking: readonly RevisionTrigger[] }> {
  const { triggers, found } = recordingOf(db)
  const { rows } = await sql<FoundTrigger>`${found}`.execute(db)
  const byName = new Map(rows.map((row) => [row.name, row]))
  const lacking = triggers.filter((trigger) => !isThere(trigger, byName.get(trigger.name)))
  return { found: rows, lacking }
}

function isThere({ table, body }: RevisionTrigger, found: FoundTrigger | undefined): boolean {
  return found !== undefined && found.table === table && found.body === body && Number(found.sees_all) === 1
}
