import type { Row } from '../connection.ts'
import type { DatabaseKind, ReadOnlyDatabase } from '../read-only-database.ts'
import type { Finding } from './finding.ts'
import type { ColumnFound, TableFound, Tables } from './read-tables.ts'

/** Laravel's tables, and which of their absences stop a queue. */
export const laravelTables = {
  jobs: ['id', 'queue', 'payload', 'attempts', 'reserved_at', 'available_at', 'created_at'],
  failed_jobs: ['id', 'uuid', 'connection', 'queue', 'payload', 'exception', 'failed_at'],
  job_batches: ['id', 'name', 'total_jobs', 'pending_jobs', 'failed_jobs', 'failed_job_ids', 'options'],
  cache: ['key', 'value', 'expiration'],
  cache_locks: ['key', 'owner', 'expiration'],
} as const

type LaravelTable = keyof typeof laravelTables

const needed: readonly string[] = ['jobs', 'failed_jobs']

/** What of the tables is there, and what of it a queue cannot work with. */
export async function findTableTrouble(database: ReadOnlyDatabase, tables: Tables): Promise<readonly Finding[]> {
  return [
    ...Object.entries(laravelTables).flatMap(([name, columns]) => missingIn(name, columns, tables.get(name))),
    ...[...tables.values()].flatMap((table) => [...unexpectedColumns(table), ...engineFindings(table)]),
    ...jobsFindings(tables.get('jobs'), database.kind),
    ...failedJobsFindings(tables.get('failed_jobs')),
    ...(await encodingFindings(database, tables)),
  ]
}

/** A table can be read when it has these columns. */
export function hasColumns(table: TableFound | undefined, columns: readonly string[]): table is TableFound {
  return table !== undefined && columns.every((column) => table.columns.has(column))
}

function missingIn(name: string, expected: readonly string[], table: TableFound | undefined): readonly Finding[] {
  if (!table) return [missingTable(name)]
  const missing = expected.filter((column) => !table.columns.has(column))
  return missing.length === 0 ? [foundTable(table)] : [missingColumns(name, missing)]
}

function foundTable({ name, columns }: TableFound): Finding {
  return {
    code: 'TABLE_FOUND',
    severity: 'info',
    facts: { table: name, columns: [...columns.keys()] },
    advice: {
      es: 'Tiene las columnas de Laravel y se adopta como está.',
      en: 'It has the columns of Laravel and is adopted as it stands.',
    },
  }
}

function missingTable(name: string): Finding {
  return {
    code: 'TABLE_MISSING',
    severity: needed.includes(name) ? 'problem' : 'warning',
    facts: { table: name },
    advice: {
      es: `Si es la base de datos de la aplicación, créela con la migración de Laravel o con ./surtidor migrate. ${lossOf[name]?.es ?? ''}`,
      en: `If this is the application's database, create it with Laravel's migration or ./surtidor migrate. ${lossOf[name]?.en ?? ''}`,
    },
  }
}

const lossOf: Readonly<Record<string, Finding['advice']>> = {
  jobs: { es: 'Sin ella no hay cola.', en: 'Without it there is no queue.' },
  failed_jobs: { es: 'Sin ella lo que falla se pierde.', en: 'Without it what fails is lost.' },
  job_batches: { es: 'Sin ella no hay lotes.', en: 'Without it there are no batches.' },
  cache: {
    es: 'Sin ella los dos lados no oyen el mismo queue:restart ni las mismas pausas.',
    en: 'Without it both sides do not hear the same queue:restart, nor the same pauses.',
  },
  cache_locks: {
    es: 'Sin ella un trabajo único puede despacharse dos veces.',
    en: 'Without it a unique job can be dispatched twice.',
  },
}

function missingColumns(table: string, columns: readonly string[]): Finding {
  return {
    code: 'COLUMN_MISSING',
    severity: needed.includes(table) ? 'problem' : 'warning',
    facts: { table, columns },
    advice: {
      es: 'Compare la tabla con la de su versión de Laravel y añada lo que falta con una migración.',
      en: 'Compare the table with that of your version of Laravel and add what is missing in a migration.',
    },
  }
}

/** A column of the application's own that an insert of ours does not know. */
function unexpectedColumns({ name, columns }: TableFound): readonly Finding[] {
  const expected: readonly string[] = isLaravelTable(name) ? [...laravelTables[name], ...alsoKnown] : []
  return [...columns.values()]
    .filter((column) => column.isDemanded && !expected.includes(column.name))
    .map((column) => ({
      code: 'COLUMN_DEMANDED',
      severity: 'problem',
      facts: { table: name, column: column.name },
      advice: {
        es: 'Nadie más que su aplicación la llena: dele un valor por defecto, o nada más podrá escribir en la tabla.',
        en: 'Nobody but your application fills it: give it a default, or nothing else can write to the table.',
      },
    }))
}

const alsoKnown = ['created_at', 'cancelled_at', 'finished_at']

function isLaravelTable(name: string): name is LaravelTable {
  return Object.hasOwn(laravelTables, name)
}

function engineFindings({ name, engine }: TableFound): readonly Finding[] {
  if (engine === null || engine.toLowerCase() === 'innodb') return []
  return [
    {
      code: 'ENGINE_WITHOUT_TRANSACTIONS',
      severity: 'problem',
      facts: { table: name, engine },
      advice: {
        es: `Sin transacciones dos procesos toman el mismo trabajo. Ejecute: alter table ${name} engine=InnoDB.`,
        en: `Without transactions two workers take the same job. Run: alter table ${name} engine=InnoDB.`,
      },
    },
  ]
}

function jobsFindings(table: TableFound | undefined, kind: DatabaseKind): readonly Finding[] {
  if (!table) return []
  return [
    ...attemptsFindings(table.columns.get('attempts')),
    ...payloadFindings(table.columns.get('payload')),
    ...timeFindings(table.columns.get('available_at'), kind),
    ...indexFindings(table),
  ]
}

function attemptsFindings(column: ColumnFound | undefined): readonly Finding[] {
  if (column?.type !== 'tinyint') return []
  const highest = column.isUnsigned ? 255 : 127
  return [
    {
      code: 'ATTEMPTS_TINYINT',
      severity: 'info',
      facts: { table: 'jobs', column: 'attempts', type: column.type, highest },
      advice: {
        es: `Un trabajo puede tomarse ${highest} veces y después falla. Laravel 13 usa smallint; puede ampliarla cuando quiera.`,
        en: `A job can be claimed ${highest} times, then it fails. Laravel 13 has a smallint; widen it when you like.`,
      },
    },
  ]
}

/** Bytes that the shorter types of MariaDB and MySQL hold. */
const shortTypes: Readonly<Record<string, number>> = { varchar: 65_535, tinytext: 255, text: 65_535 }

function payloadFindings(column: ColumnFound | undefined): readonly Finding[] {
  if (!column || column.characterSet === null || shortTypes[column.type] === undefined) return []
  return [
    {
      code: 'PAYLOAD_SHORT',
      severity: 'warning',
      facts: { table: 'jobs', column: 'payload', type: column.type, bytes: shortTypes[column.type] ?? 0 },
      advice: {
        es: 'Un trabajo más largo es rechazado al despacharlo. Ejecute: alter table jobs modify payload longtext not null.',
        en: 'A longer job is refused when it is dispatched. Run: alter table jobs modify payload longtext not null.',
      },
    },
  ]
}

/** Unsigned it ends in 2106; SQLite has one integer for all. */
function timeFindings(column: ColumnFound | undefined, kind: DatabaseKind): readonly Finding[] {
  if (kind === 'sqlite' || column?.isUnsigned || !['int', 'integer'].includes(column?.type ?? '')) return []
  return [
    {
      code: 'TIMES_END_IN_2038',
      severity: 'info',
      facts: { table: 'jobs', column: 'available_at', type: column?.type ?? '' },
      advice: {
        es: 'Guarda fechas hasta enero de 2038. Antes de entonces conviértala a bigint.',
        en: 'It holds dates up to January 2038. Make it a bigint before then.',
      },
    },
  ]
}

function indexFindings({ indexes }: TableFound): readonly Finding[] {
  const onQueue = indexes.filter(({ columns }) => columns[0] === 'queue')
  if (onQueue.length > 0) {
    return [
      {
        code: 'INDEX_FOUND',
        severity: 'info',
        facts: { table: 'jobs', indexes: onQueue.map(({ name, columns }) => `${name} (${columns.join(', ')})`) },
        advice: {
          es: 'Quedan como están; ./surtidor migrate añade los propios al lado.',
          en: 'They stay as they are; ./surtidor migrate adds its own beside them.',
        },
      },
    ]
  }
  return [
    {
      code: 'INDEX_MISSING',
      severity: 'warning',
      facts: { table: 'jobs', column: 'queue' },
      advice: {
        es: 'Cada toma recorre toda la tabla. Ejecute ./surtidor migrate, que crea los índices y no cambia columnas.',
        en: 'Each claim walks the whole table. Run ./surtidor migrate, which makes the indexes and changes no column.',
      },
    },
  ]
}

function failedJobsFindings(table: TableFound | undefined): readonly Finding[] {
  if (!table?.columns.has('uuid')) return []
  const isUnique = table.indexes.some(({ isUnique, columns }) => isUnique && columns.join() === 'uuid')
  if (isUnique) return []
  return [
    {
      code: 'UUID_NOT_UNIQUE',
      severity: 'warning',
      facts: { table: 'failed_jobs', column: 'uuid' },
      advice: {
        es: 'Un mismo fallo puede quedar dos veces. Cree el índice único failed_jobs_uuid_unique, como Laravel.',
        en: 'One failure may stand there twice. Make the unique index failed_jobs_uuid_unique, as Laravel does.',
      },
    },
  ]
}

async function encodingFindings(database: ReadOnlyDatabase, tables: Tables): Promise<readonly Finding[]> {
  if (database.kind === 'postgres') return serverEncodingFindings(await database.query(serverEncoding))
  return [...tables.values()].flatMap((table) => {
    const narrow = [...table.columns.values()].filter(({ name, characterSet }) => isNarrow(name, characterSet))
    return narrow.map((column) => charsetFinding(table.name, column))
  })
}

const serverEncoding = `select current_setting('server_encoding') as encoding`

function isNarrow(column: string, characterSet: string | null): boolean {
  return ['payload', 'exception'].includes(column) && characterSet !== null && characterSet !== 'utf8mb4'
}

function charsetFinding(table: string, { name, characterSet, collation }: ColumnFound): Finding {
  return {
    code: 'CHARSET_NARROW',
    severity: 'problem',
    facts: { table, column: name, characterSet, collation },
    advice: {
      es: `No guarda todo texto: un emoji hace fallar el despacho. Ejecute: alter table ${table} convert to character set utf8mb4.`,
      en: `It cannot hold every text: an emoji makes a dispatch fail. Run: alter table ${table} convert to character set utf8mb4.`,
    },
  }
}

function serverEncodingFindings([row]: readonly Row[]): readonly Finding[] {
  const encoding = String(row?.encoding)
  if (encoding.toUpperCase() === 'UTF8') return []
  return [
    {
      code: 'CHARSET_NARROW',
      severity: 'problem',
      facts: { table: 'jobs', column: 'payload', characterSet: encoding },
      advice: {
        es: 'No guarda todo texto. Pase los datos a una base de datos creada con encoding UTF8.',
        en: 'It cannot hold every text. Move the data to a database that was created with encoding UTF8.',
      },
    },
  ]
}
