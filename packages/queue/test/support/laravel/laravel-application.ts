import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { TestDatabase } from '../servers.ts'

/** What a job of the application told when it ran. */
export interface Told {
  readonly job: string
  readonly given: unknown
}

export interface Finished {
  readonly code: number | null
  readonly output: string
  readonly told: readonly Told[]
}

/** As `config/database.php` names them. */
export type LaravelConnection = Readonly<Record<string, string | number | boolean>>

export function mysqlConnection({ settings }: TestDatabase): LaravelConnection {
  const { host, port, user: username, password, database } = settings
  const charset = { charset: 'utf8mb4', collation: 'utf8mb4_unicode_ci' }
  return { driver: 'mysql', host, port, username, password, database, prefix: '', strict: true, ...charset }
}

export function sqliteConnection(path: string): LaravelConnection {
  return { driver: 'sqlite', database: path, prefix: '' }
}

/** A Laravel application on a database: `php artisan …`, with the jobs of `jobs.php`. */
export class LaravelApplication {
  readonly #settings: LaravelConnection

  constructor(settings: LaravelConnection) {
    this.#settings = settings
  }

  /** Runs a command to its end. */
  run(words: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Finished> {
    return this.start(words, environment).finished
  }

  start(words: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    const script = join(import.meta.dirname, 'artisan.php')
    const php = spawn('php', [script, JSON.stringify(this.#settings), ...words], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...environment },
      timeout: 60_000,
    })
    let output = ''
    for (const stream of [php.stdout, php.stderr]) stream.on('data', (chunk) => (output += String(chunk)))
    const finished = once(php, 'close').then((): Finished => ({ code: php.exitCode, output, told: toldIn(output) }))
    return {
      finished,
      output: () => output,
      /** Whatever waits for its standard input goes on. */
      goOn: () => void php.stdin.write('\n'),
      stop: () => void php.kill('SIGTERM'),
    }
  }
}

function toldIn(output: string): readonly Told[] {
  return output.split('\n').flatMap((line) => (line.startsWith('{"job":') ? [JSON.parse(line)] : []))
}
