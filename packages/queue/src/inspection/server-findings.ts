import type { ReadOnlyDatabase } from '../read-only-database.ts'
import type { Finding } from './finding.ts'

/** Whether the server has what a queue needs: rows that are locked must be skipped. */
export async function findServerTrouble(database: ReadOnlyDatabase): Promise<readonly Finding[]> {
  if (database.kind === 'sqlite') return []
  const [row] = await database.query('select version() as version')
  const server = serverOf(String(row?.version))
  const facts = { server: server.name, version: server.version }
  if (!isOlder(server.version, oldest[server.name])) return [{ code: 'SERVER', severity: 'info', facts, advice: fits }]
  return [{ code: 'SERVER_TOO_OLD', severity: 'problem', facts, advice: tooOld }]
}

interface Server {
  readonly name: keyof typeof oldest
  readonly version: string
}

const oldest = { MariaDB: '10.6', MySQL: '8.0.1', PostgreSQL: '14' } as const

/** MariaDB may put `5.5.5-` in front, for clients that know MySQL only. */
export function serverOf(text: string): Server {
  const postgres = /^PostgreSQL (\d+(?:\.\d+)*)/.exec(text)
  if (postgres) return { name: 'PostgreSQL', version: postgres[1] ?? '' }
  const version = /^(?:5\.5\.5-)?(\d+(?:\.\d+)*)/.exec(text)?.[1] ?? ''
  return { name: /mariadb/i.test(text) ? 'MariaDB' : 'MySQL', version }
}

/** What has no version is not called old. */
export function isOlder(version: string, than: string): boolean {
  if (version === '') return false
  const parts = version.split('.').map(Number)
  const difference = than
    .split('.')
    .map((part, index) => (parts[index] ?? 0) - Number(part))
    .find((part) => part !== 0)
  return (difference ?? 0) < 0
}

const fits = {
  es: 'El servidor sirve para la cola.',
  en: 'The server can serve the queue.',
}
const tooOld = {
  es: 'No tiene SKIP LOCKED: actualice a MariaDB 10.6, MySQL 8.0.1, PostgreSQL 14 o más nuevos antes de mover trabajos.',
  en: 'It lacks SKIP LOCKED: upgrade to MariaDB 10.6, MySQL 8.0.1, PostgreSQL 14 or newer before you move jobs.',
}
