import type { ReadOnlyDatabase } from '../read-only-database.ts'
import type { Finding } from './finding.ts'
import type { Tables } from './read-tables.ts'
import { hasColumns } from './table-findings.ts'

/** What follows the prefix in keys of Laravel's queue and scheduler. */
const knownKeys = [
  'illuminate:queue:restart',
  'illuminate:queue:paused:',
  'illuminate:queues:paused',
  'job-exceptions:',
  'laravel_unique_job:',
  'laravel-queue-overlap:',
  'laravel_throttles_exceptions:',
  'framework/schedule-',
  'framework/command-',
] as const

const shownPrefixes = 10

/** Whether `CACHE_PREFIX` is what the keys in the cache tables begin with. */
export async function findPrefixTrouble(
  database: ReadOnlyDatabase,
  tables: Tables,
  configured: string,
): Promise<readonly Finding[]> {
  const readable = ['cache', 'cache_locks'].filter((table) => hasColumns(tables.get(table), ['key']))
  if (readable.length === 0) return []
  const prefixes = new Set<string>()
  for (const table of readable) {
    for (const prefix of await prefixesIn(database, table)) prefixes.add(prefix)
  }
  return [prefixFinding([...prefixes].toSorted().slice(0, shownPrefixes), configured)]
}

/** The keys themselves may name people; what stands before a word of Laravel's is the prefix. */
async function prefixesIn(database: ReadOnlyDatabase, table: string): Promise<readonly string[]> {
  const key = database.kind === 'mysql' ? '`key`' : 'key'
  const conditions = knownKeys.map(() => `${key} like ? escape '!'`).join(' or ')
  const patterns = knownKeys.map((known) => `%${known.replaceAll('_', '!_')}%`)
  const rows = await database.query(`select ${key} as name from ${table} where ${conditions} limit 1000`, patterns)
  return rows.flatMap(({ name }) => prefixOf(String(name)) ?? [])
}

function prefixOf(key: string): string | undefined {
  const places = knownKeys.map((known) => key.indexOf(known)).filter((place) => place >= 0)
  const prefix = key.slice(0, Math.min(...places))
  return /^[\p{L}\p{N}_.:-]{0,100}$/u.test(prefix) ? prefix : undefined
}

function prefixFinding(prefixes: readonly string[], configured: string): Finding {
  const facts = { table: 'cache', column: 'key', prefixes, configured }
  if (prefixes.length === 0) return { code: 'CACHE_PREFIX_UNKNOWN', severity: 'info', facts, advice: unknown }
  if (prefixes.every((prefix) => prefix === configured)) {
    return { code: 'CACHE_PREFIX', severity: 'info', facts, advice: fits }
  }
  const severity = prefixes.includes(configured) ? 'warning' : 'problem'
  return { code: 'CACHE_PREFIX_DIFFERS', severity, facts, advice: differs }
}

const unknown = {
  es: 'La cola no ha dejado claves aquí. Ejecute «php artisan queue:restart» y mire otra vez; si nada aparece, PHP guarda su caché en otra parte (CACHE_STORE) y los dos lados no se oyen.',
  en: 'The queue has left no keys here. Run "php artisan queue:restart" and look again; if nothing appears, PHP keeps its cache elsewhere (CACHE_STORE) and the two sides do not hear each other.',
}
const fits = {
  es: 'CACHE_PREFIX es el de las claves: los dos lados se oyen.',
  en: 'CACHE_PREFIX is that of the keys: the two sides hear each other.',
}
const differs = {
  es: 'Ponga en CACHE_PREFIX el prefijo de la aplicación Laravel, o los dos lados no oirán el mismo queue:restart ni verán los mismos candados.',
  en: 'Set CACHE_PREFIX to the prefix of the Laravel application, or the two sides will not hear the same queue:restart, nor see the same locks.',
}
